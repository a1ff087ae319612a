//! # Figure checks
//!
//! A script that draws a figure can run without an error and draw nothing. A test cannot see whether
//! the figure is good, but it can see that something is there: the pixels differ from each other, there
//! are colour channels, and there is ink of several colours. These checks are cheap and crude. They
//! find the blank page; whether the labels are right, somebody has to look.
//!
//! An image is a tensor [h, w, c] of numbers from 0 to 1, where c = 3 is red, green, blue and c = 4 has
//! an opacity (*alpha*) after them. White is (1, 1, 1). Here the colour alone counts: alpha is left out.
//!
//! **Is it blank?** Then no pixel differs from another: the *variance over the pixels* is 0. For channel
//! k, with mᵏ its mean over the n = h·w pixels,
//!
//! ```text
//! var_k = 1/n · Σᵢⱼ (img[i, j, k] − mᵏ)²          variance = (var_r + var_g + var_b) / 3
//! ```
//!
//! The variance of all h·w·3 numbers at once, which is what `np.var(img)` gives, is this one plus that
//! of the three means. For grey images it is the same, but a page that is red all over gets 2/9 from
//! it, and passes for a drawing.
//!
//! **Has it enough colours?** The drawing is *ink*: pixels with some channel below 0.98, which leaves
//! out white and what is nearly white. Lines are smoothed at their edges, into many shades that hardly
//! differ: round first, and then count the different triples.
//!
//! ## An example
//!
//! A page of 1×4 pixels: white, white, blue (0, 0, 1), and (0.004, 0, 1), nearly the same blue. With two
//! decimals both blues are (0, 0, 1): one colour. With three they are two.
//!
//! | PyTorch | tch |
//! |---|---|
//! | `img[..., :3]` | `img.narrow(2, 0, 3)`, a view |
//! | `t.var((0, 1), correction=0)` | `t.var_dim([0, 1].as_slice(), false, false)` |
//! | `(rgb < 0.98).any(2)` | `rgb.lt(0.98).any_dim(2, false)` |
//! | `rgb[mask]`, [k, 3] for a mask [h, w] | `rgb.index(&[Some(&mask)])`, a copy |
//! | `t.unique(dim=0)` | `t.unique_dim(0, true, false, false).0` |
//!
//! ## What to know
//!
//! - `var` divides by n − 1 unless it is told otherwise, as statisticians do who have a sample. All the
//!   pixels are here: n.
//! - The mean of the squares less the square of the mean is a small difference of large numbers: in
//!   float32 nothing is left of it where the picture is faint.
//! - An image that a decoder gives is often [c, h, w] and in bytes, 0 to 255: another thing altogether.

use tch::{TchError, Tensor};

/// The variance over the pixels of the image `img`, [h, w, 3] or [h, w, 4], averaged over the three colours.
///
/// It is computed in float64, and divides by the number of pixels. A fourth channel has no part in it.
///
/// # Errors
/// - `TchError::Shape` if `img` is not [h, w, 3] or [h, w, 4], or has no pixels.
/// - `TchError::Kind` if its dtype is not floating-point.
/// - `TchError::Convert` if a number in it is not between 0 and 1, as NaN is not.
pub fn pixel_variance(img: &Tensor) -> Result<f64, TchError> {
    todo!()
}

/// Whether the variance over the pixels of `img` is at most `thr`.
///
/// # Errors
/// As for [`pixel_variance`]; also `TchError::Convert` if `thr` is negative or NaN.
pub fn looks_blank(img: &Tensor, thr: f64) -> Result<bool, TchError> {
    todo!()
}

/// The number of different colours of the ink in `img`: of the pixels of which red, green or blue is less
/// than 0.98. Colours are the same if all three are, rounded to `decimals` decimal places, of which there
/// are at most 15, as an f64 has no more.
///
/// What is ink is asked of the numbers as they are, before they are rounded. A fourth channel has no part
/// in it.
///
/// # Errors
/// As for [`pixel_variance`].
pub fn ink_colours(img: &Tensor, decimals: u32) -> Result<usize, TchError> {
    todo!()
}
