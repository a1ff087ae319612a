//! Checks.
harness::exercise!(suite);
fn suite() {
    let t = ex03::f(&tch::Tensor::from(1.0));
    println!("{t:?}");
}
