//! Figure checks: variance over the pixels, and distinct colours of the ink.

use tch::{Kind, TchError, Tensor};

/// A pixel is ink if some colour of it is below this.
const WHITE: f64 = 0.98;

pub fn pixel_variance(img: &Tensor) -> Result<f64, TchError> {
    // Over the pixels, channel by channel. Without correction: all the pixels are here, not a sample of them.
    let variances = rgb(img)?.to_kind(Kind::Double).var_dim([0, 1].as_slice(), false, false);
    Ok(variances.mean(None).double_value(&[]))
}

pub fn looks_blank(img: &Tensor, thr: f64) -> Result<bool, TchError> {
    if thr.is_nan() || thr < 0.0 {
        return Err(TchError::Convert(format!("the threshold has to be at least 0, it is {thr}")));
    }
    Ok(pixel_variance(img)? <= thr)
}

pub fn ink_colours(img: &Tensor, decimals: u32) -> Result<usize, TchError> {
    let rgb = rgb(img)?;
    let ink = rgb.lt(WHITE).any_dim(2, false);
    let pixels = rgb.index(&[Some(&ink)]).to_kind(Kind::Double); // [k, 3]
    let rounded = (pixels * 10_f64.powi(decimals as i32)).round();
    let (colours, ..) = rounded.unique_dim(0, true, false, false);
    Ok(colours.size()[0] as usize)
}

/// The first three channels of what is an image, as a view.
fn rgb(img: &Tensor) -> Result<Tensor, TchError> {
    match img.size()[..] {
        [h, w, 3 | 4] if h > 0 && w > 0 => {}
        _ => {
            return Err(TchError::Shape(format!(
                "an image is [h, w, 3] or [h, w, 4], this is {:?}",
                img.size()
            )));
        }
    }
    if !img.is_floating_point() {
        return Err(TchError::Kind(format!("an image is floating-point, this is {:?}", img.kind())));
    }
    // Both are false for NaN.
    let in_range = img.ge(0.0).logical_and(&img.le(1.0)).all();
    if in_range.int64_value(&[]) == 0 {
        return Err(TchError::Convert("every number in an image is between 0 and 1".into()));
    }
    Ok(img.narrow(2, 0, 3))
}
