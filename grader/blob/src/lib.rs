//! Lends memory of Rust's to libtorch, without a copy: [`lend`], and that is all.
//!
//! The name is libtorch's: `torch::from_blob`, in tch [`Tensor::from_blob`], makes a tensor of memory that
//! somebody else owns, as `torch.from_numpy` does in Python. It is `unsafe`, because libtorch believes every
//! word it is told: that the memory is there, how long it is, and that it stays. Here it is told what Rust
//! knows of a slice.

use tch::{Device, Kind, Tensor};

/// Calls `f` with a tensor **in the memory of `buffer`**: float32, of shape `[buffer.len()]`, on the CPU.
///
/// Nothing is copied. What `f` writes to the tensor, or to a view of it, is in `buffer` afterwards.
///
/// ```no_run
/// let mut buffer = vec![1.0, 2.0, 3.0];
/// let sum = blob::lend(&mut buffer, |tensor| {
///     *tensor *= 10.0;
///     tensor.sum(None::<tch::Kind>).double_value(&[])
/// });
/// assert_eq!((buffer, sum), (vec![10.0, 20.0, 30.0], 60.0));
/// ```
///
/// # What is required of the caller
///
/// The tensor, its aliases and its views **end with `f`**. libtorch does not know how long the slice is
/// borrowed: an alias that outlives it reads and writes memory that belongs to somebody else. The bounds on `T`
/// and `F` make the compiler refuse what would happen by accident. They build on [`Sync`], which a `Tensor` is
/// not, nor anything that holds one or refers to one:
///
/// - `T: Sync`: `f` cannot return a tensor.
///   ```compile_fail,E0277
///   blob::lend(&mut [1.0, 2.0], |tensor| tensor.shallow_clone());
///   ```
/// - `F: Sync`: `f` cannot put one into a variable outside, because it uses no tensor from outside. (If it needs
///   the numbers of one, give it a `Vec` of them.)
///   ```compile_fail,E0277
///   let mut kept = None;
///   blob::lend(&mut [1.0, 2.0], |tensor| kept = Some(tensor.shallow_clone()));
///   ```
///
/// **Not ruled out**: a tensor may be sent to another thread, so `f` can still hand an alias to a `Mutex`, a
/// channel, a thread or a `thread_local!` of its own. Do not.
pub fn lend<T, F>(buffer: &mut [f32], f: F) -> T
where
    T: Sync,
    F: FnOnce(&mut Tensor) -> T + Sync,
{
    // A slice has at most isize::MAX bytes.
    let len = i64::try_from(buffer.len()).expect("a length fits into an i64");
    // SAFETY: the slice is that many initialized f32 in a row, aligned, and the tensor is told no more than that.
    // It is borrowed mutably until this function returns, so nobody else reads or writes it meanwhile; the tensor
    // is gone by then, even if `f` panics. libtorch never frees or resizes memory that it was lent. That no alias
    // is left is asked of the caller, above, and as far as types can say so, the bounds see to it.
    let mut tensor =
        unsafe { Tensor::from_blob(buffer.as_mut_ptr().cast(), &[len], &[], Kind::Float, Device::Cpu) };
    f(&mut tensor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_to_the_tensor_is_in_the_slice() {
        let mut buffer = [1.0, 2.0, 3.0, 4.0];
        let address = buffer.as_ptr() as usize;
        let seen = lend(&mut buffer, |tensor| {
            let _ = tensor.view([2, 2]).get(1).fill_(9.0);
            (tensor.data_ptr() as usize, tensor.size(), tensor.kind())
        });
        assert_eq!(seen, (address, vec![4], Kind::Float));
        assert_eq!(buffer, [1.0, 2.0, 9.0, 9.0]);
    }

    #[test]
    fn a_slice_without_elements_is_a_tensor_without_elements() {
        assert_eq!(lend(&mut [], |tensor| tensor.size()), [0]);
    }
}
