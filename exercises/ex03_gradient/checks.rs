//! Checks.
use harness::prelude::*;
harness::exercise!(ex03, suite);
fn suite(suite: &mut Suite) {
    suite.check("one", 5, |cx| cx.for_all(inputs::matrices(0..=4, 0..=4, &[Kind::Float]), |spec| {
        let m = spec.tensor(cx.device());
        let want = m.copy();
        let call = Call::new("f").tensor("m", &m);
        let got = call.returns(|| ex03::f(&m))?;
        call.expect(&got, &want).check()
    }));
    suite.check("two", 5, |_cx| { todo!() });
}
