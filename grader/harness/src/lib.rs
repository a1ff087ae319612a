//! h
#[macro_export]
macro_rules! exercise {
    ($suite:ident) => {
        #[cfg(test)]
        fn main() {
            $suite()
        }
        #[cfg(not(test))]
        #[unsafe(no_mangle)]
        pub extern "C" fn exercise_checks_v1() {
            $suite()
        }
    };
}
