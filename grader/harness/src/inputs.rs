//! Generated inputs: tensors of every size, dtype and memory layout that a contract speaks of.
//!
//! A [`TensorSpec`] is plain data, so that proptest can shrink and print it; [`TensorSpec::tensor`] builds the
//! tensor anew for every call, so that no call can spoil the next one's input.

use std::fmt;
use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tch::{Device, Kind, Tensor};

/// How the elements of a tensor lie in memory. To a right answer it makes no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Row-major, nothing between the elements.
    Contiguous,
    /// The transpose of a row-major tensor; for a vector, every second element of one.
    Transposed,
    /// A slice from the middle of a larger tensor: a storage offset, and strides larger than needed.
    OffsetSlice,
    /// One slice along the first dimension, repeated by stride 0 (`expand`): all its rows are equal.
    Expanded,
}

impl Layout {
    pub const ALL: [Layout; 4] =
        [Layout::Contiguous, Layout::Transposed, Layout::OffsetSlice, Layout::Expanded];

    fn describe(self) -> &'static str {
        match self {
            Layout::Contiguous => "contiguous",
            Layout::Transposed => "transposed in memory",
            Layout::OffsetSlice => "a slice of a larger tensor",
            Layout::Expanded => "expanded, stride 0",
        }
    }
}

/// What lies around a slice in its larger tensor: a number that no element strategy gives.
const AROUND: f64 = 77.0;

/// A tensor as data: row-major `values` of `shape`, in a dtype and a memory layout.
#[derive(Clone, PartialEq)]
pub struct TensorSpec {
    pub shape: Vec<i64>,
    pub kind: Kind,
    /// Row-major; as many as the shape asks for.
    pub values: Vec<f64>,
    pub layout: Layout,
}

impl TensorSpec {
    /// The tensor, on `device`: a fresh one each time.
    pub fn tensor(&self, device: Device) -> Tensor {
        let mut plain = match self.shape.as_slice() {
            [_] => Tensor::from_slice(&self.values),
            shape => Tensor::from_slice(&self.values).reshape(shape),
        };
        if self.kind != Kind::Double {
            plain = plain.to_kind(self.kind);
        }
        if device != Device::Cpu {
            plain = plain.to_device(device);
        }
        let rank = self.shape.len();
        match self.layout {
            _ if rank == 0 => plain,
            Layout::Contiguous => plain,
            Layout::Transposed if rank == 1 => {
                let doubled = Tensor::stack(&[&plain, &plain.full_like(AROUND)], 1);
                doubled.flatten(0, -1).slice(0, None, None, 2)
            }
            Layout::Transposed => plain.transpose(0, -1).contiguous().transpose(0, -1),
            Layout::OffsetSlice => {
                let larger: Vec<i64> = self.shape.iter().map(|size| size + 2).collect();
                let larger = Tensor::full(&larger, AROUND, (self.kind, device));
                let mut slice = larger;
                for (dim, &size) in self.shape.iter().enumerate() {
                    slice = slice.narrow(dim as i64, 1, size);
                }
                slice.copy_(&plain);
                slice
            }
            Layout::Expanded if self.shape[0] == 0 => plain,
            Layout::Expanded => plain.narrow(0, 0, 1).contiguous().expand(&self.shape, false),
        }
    }

    /// The same tensor in another layout.
    pub fn in_layout(&self, layout: Layout) -> Self {
        TensorSpec { layout, ..self.clone() }
    }
}

/// What a tensor of the checks' own holds, row-major, as f64: what a reference without libtorch starts from.
///
/// Not [`TensorSpec::values`], which an expanded layout repeats and a coarse dtype rounds.
///
/// # Panics
/// Where libtorch does not give the values out, as those of a result may be.
pub fn values(tensor: &Tensor) -> Vec<f64> {
    crate::display::values(tensor).expect("an input is dense and real")
}

impl fmt::Debug for TensorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {:?} {:?}, {}", self.values, self.kind, self.shape, self.layout.describe())
    }
}

/// What is said of a tensor beside its values: `float32 [2, 3], transposed in memory`.
pub(crate) fn describe(tensor: &Tensor) -> String {
    describe_with(tensor, &tensor.stride())
}

/// The same, of a tensor that has `strides`, or had them once.
pub(crate) fn describe_with(tensor: &Tensor, strides: &[i64]) -> String {
    let device = match tensor.device() {
        Device::Cpu => String::new(),
        device => format!(" on {device:?}"),
    };
    let size = tensor.size();
    let layout = if tensor.numel() > 1 && strides.contains(&0) && size.iter().any(|&size| size > 1) {
        ", expanded (stride 0)".to_owned()
    } else if is_contiguous(&size, strides) {
        String::new()
    } else {
        format!(", strides {strides:?}")
    };
    format!("{} {:?}{device}{layout}", crate::display::dtype(tensor.kind()), tensor.size())
}

/// Whether elements lie in row-major order without gaps. The strides of dimensions of size 1 do not matter.
fn is_contiguous(size: &[i64], strides: &[i64]) -> bool {
    let mut expected = 1;
    size.contains(&0)
        || size.iter().zip(strides).rev().filter(|(size, _)| **size != 1).all(|(size, stride)| {
            let fits = *stride == expected;
            expected *= size;
            fits
        })
}

/// Strategies for single elements.
pub mod elements {
    use super::*;

    /// Quarters from −10 to 10: exact in every floating dtype, so that sums and products of a few are too.
    pub fn quarters() -> BoxedStrategy<f64> {
        (-40_i32..=40).prop_map(|quarters| f64::from(quarters) / 4.0).boxed()
    }

    /// Whole numbers of `range`.
    pub fn integers(range: RangeInclusive<i32>) -> BoxedStrategy<f64> {
        range.prop_map(f64::from).boxed()
    }

    /// Any number of `range`.
    pub fn reals(range: RangeInclusive<f64>) -> BoxedStrategy<f64> {
        range.boxed()
    }
}

/// Tensors whose rank is the number of `sizes`, each dimension within its range, in every layout.
///
/// `elements` is the strategy of one element; the dtype is one of `kinds`.
pub fn tensors(
    sizes: &[RangeInclusive<i64>],
    kinds: &[Kind],
    elements: BoxedStrategy<f64>,
) -> BoxedStrategy<TensorSpec> {
    let largest: i64 = sizes.iter().map(|range| *range.end()).product();
    (
        sizes.to_vec(),
        // Enough for the largest shape: the shape can then shrink without drawing the values anew.
        vec(elements, usize::try_from(largest).expect("sizes are not negative")),
        select(kinds.to_vec()),
        select(Layout::ALL.to_vec()),
    )
        .prop_map(|(shape, mut values, kind, layout)| {
            let numel = usize::try_from(shape.iter().product::<i64>()).expect("sizes are not negative");
            values.truncate(numel);
            TensorSpec { shape, kind, values, layout }
        })
        .boxed()
}

/// Matrices of [`elements::quarters`].
pub fn matrices(
    rows: RangeInclusive<i64>,
    columns: RangeInclusive<i64>,
    kinds: &[Kind],
) -> BoxedStrategy<TensorSpec> {
    tensors(&[rows, columns], kinds, elements::quarters())
}

/// Vectors of [`elements::quarters`].
pub fn vectors(size: RangeInclusive<i64>, kinds: &[Kind]) -> BoxedStrategy<TensorSpec> {
    tensors(&[size], kinds, elements::quarters())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(shape: &[i64], layout: Layout) -> TensorSpec {
        let numel: i64 = shape.iter().product();
        TensorSpec {
            shape: shape.to_vec(),
            kind: Kind::Float,
            values: (0..numel).map(|index| index as f64 + 0.25).collect(),
            layout,
        }
    }

    #[test]
    fn a_layout_changes_where_elements_lie_and_not_what_they_are() {
        for shape in [vec![], vec![0], vec![3], vec![2, 3], vec![0, 3], vec![3, 0], vec![2, 3, 4]] {
            let plain = spec(&shape, Layout::Contiguous).tensor(Device::Cpu);
            assert!(plain.is_contiguous());
            for layout in [Layout::Transposed, Layout::OffsetSlice] {
                let laid_out = spec(&shape, layout).tensor(Device::Cpu);
                assert_eq!(laid_out.size(), shape);
                assert_eq!(laid_out, plain, "{layout:?} {shape:?}");
            }
        }
    }

    #[test]
    fn every_layout_but_the_first_is_not_contiguous() {
        for layout in [Layout::Transposed, Layout::OffsetSlice, Layout::Expanded] {
            assert!(!spec(&[3, 4], layout).tensor(Device::Cpu).is_contiguous(), "{layout:?}");
        }
        assert_eq!(spec(&[5], Layout::Transposed).tensor(Device::Cpu).stride(), [2]);
        assert_eq!(spec(&[3, 4], Layout::Transposed).tensor(Device::Cpu).stride(), [1, 3]);
        assert_eq!(spec(&[3, 4], Layout::Expanded).tensor(Device::Cpu).stride(), [0, 1]);
    }

    #[test]
    fn a_spec_builds_a_fresh_tensor_each_time() {
        let spec = spec(&[2, 2], Layout::Contiguous);
        let _ = spec.tensor(Device::Cpu).fill_(9.0);
        assert_eq!(
            spec.tensor(Device::Cpu),
            Tensor::from_slice(&[0.25_f32, 1.25, 2.25, 3.25]).reshape([2, 2])
        );
    }
}
