//! Lines cut at the edges of a rectangle: plotters would bend them at its own.

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub fn contains(&self, (x, y): (f64, f64)) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }

    pub fn overlaps(&self, other: &Rect) -> bool {
        let across = self.left < other.right && other.left < self.right;
        across && self.top < other.bottom && other.top < self.bottom
    }

    pub fn middle(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// The parts of a line through `points` that lie inside. A point that is nowhere leaves a gap.
pub fn inside(points: &[Option<(f64, f64)>], rect: Rect) -> Vec<Vec<(f64, f64)>> {
    let mut parts: Vec<Vec<(f64, f64)>> = Vec::new();
    for pair in points.windows(2) {
        let [Some(from), Some(to)] = pair else { continue };
        let Some((start, end)) = segment(*from, *to, rect) else { continue };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&start) => part.push(end),
            _ => parts.push(vec![start, end]),
        }
    }
    parts
}

/// The part of a segment that lies inside, after Liang and Barsky.
fn segment(from: (f64, f64), to: (f64, f64), rect: Rect) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for (towards_the_edge, distance) in [
        (-dx, from.0 - rect.left),
        (dx, rect.right - from.0),
        (-dy, from.1 - rect.top),
        (dy, rect.bottom - from.1),
    ] {
        if towards_the_edge == 0.0 {
            if distance < 0.0 {
                return None;
            }
        } else if towards_the_edge < 0.0 {
            enters = enters.max(distance / towards_the_edge);
        } else {
            leaves = leaves.min(distance / towards_the_edge);
        }
    }
    let at = |along: f64| match along {
        // The ends themselves: so that the next segment is seen to begin where this one ends.
        0.0 => from,
        1.0 => to,
        along => (from.0 + along * dx, from.1 + along * dy),
    };
    (enters <= leaves).then(|| (at(enters), at(leaves)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Rect = Rect { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 };

    #[test]
    fn a_line_is_cut_where_it_crosses_an_edge_and_not_bent() {
        let line = [(-1.0, 0.5), (0.5, 0.5), (0.5, 3.0), (0.75, 3.0), (0.75, 0.25)].map(Some);
        let parts = [vec![(0.0, 0.5), (0.5, 0.5), (0.5, 1.0)], vec![(0.75, 1.0), (0.75, 0.25)]];
        assert_eq!(inside(&line, UNIT), parts);
        assert_eq!(inside(&[(-1.0, 0.5), (0.5, 2.0)].map(Some), UNIT), Vec::<Vec<_>>::new());
    }

    #[test]
    fn a_point_that_is_nowhere_leaves_a_gap() {
        let line = [Some((0.0, 0.0)), Some((0.5, 0.0)), None, Some((0.5, 0.5)), Some((1.0, 0.5))];
        assert_eq!(inside(&line, UNIT), [vec![(0.0, 0.0), (0.5, 0.0)], vec![(0.5, 0.5), (1.0, 0.5)]]);
    }
}
