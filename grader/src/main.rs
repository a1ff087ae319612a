//! The grader: scores the exercises of this course.

fn main() {}
