//! Checks of ex36. The images are made here, pixel by pixel, and the references are loops over their numbers. The
//! laws: pixels may be permuted; half the contrast is a quarter of the variance; a page of one colour has none;
//! a page beside a copy of itself has no more colours.

use std::collections::HashSet;

use harness::inputs::{elements, tensors, values};
use harness::prelude::*;

harness::exercise!(ex36, suite);

// The signatures of the contract: another one is a compile error here.
const PIXEL_VARIANCE: fn(&Tensor) -> R<f64> = ex36::pixel_variance;
const LOOKS_BLANK: fn(&Tensor, f64) -> R<bool> = ex36::looks_blank;
const INK_COLOURS: fn(&Tensor, u32) -> R<usize> = ex36::ink_colours;

const KINDS: [Kind; 2] = [Kind::Float, Kind::Double];

const WHITE: [f64; 3] = [1.0, 1.0, 1.0];
const BLACK: [f64; 3] = [0.0, 0.0, 0.0];
const RED: [f64; 3] = [1.0, 0.0, 0.0];

const SAMPLE: &str =
    "this divides by n − 1, as var does by default: all the pixels are here, so divide by n.";
const ALL_AT_ONCE: &str = "this is the variance of all the numbers at once: that red differs from blue makes no drawing. Take \
                           the variance over the pixels for each channel, and average the three.";
const STANDARD_DEVIATION: &str = "this is the standard deviation, the square root of the variance.";
const ADDED: &str = "this is the sum of the three variances: their mean is asked for.";
const GREY: &str = "the colours were averaged first: pixels of different colours can have the same grey.";
const CANCELLED: &str = "in a faint picture the squares have to be told apart in their last digits: convert to float64 first, \
                         and subtract the mean before you square.";
const EVERY_CHANNEL: &str = "ink is where some channel is below 0.98: pure red has a channel that is 1.";
const PIXELS: &str = "these are the pixels with ink: the same colour counts once.";
const PAPER: &str = "white is counted, too: only pixels with ink are asked for.";
const LEVELS: &str = "these are the different numbers, channel by channel: a colour is all three of them.";
const BOUNDARY: &str = "0.98 itself is not below 0.98.";

fn suite(suite: &mut Suite) {
    suite.check("pixel_variance is the variance over the pixels, averaged over the colours", 2, variances);
    suite.check("the variance of a faint picture is not lost in rounding", 1, faint);
    suite.check("a page of one colour looks blank, one with a dot on it does not", 1, blank);
    suite.check("ink_colours counts the different colours below white", 2, colours);
    suite.check("colours that round to the same are one", 1, rounding);
    suite.check("alpha has no part in it", 1, alpha);
    suite.check("no function changes its image", 1, inputs_left_alone);
    suite.check("what is not an image, or not a threshold, is refused", 1, refusals);
}

/// Images with these entries, of 3 channels. A failing one shrinks in its shape alone.
fn images(entries: BoxedStrategy<f64>) -> BoxedStrategy<TensorSpec> {
    tensors(&[1..=4, 1..=4, 3..=3], &KINDS, entries.no_shrink().boxed())
}

/// 0, ¼, ½, ¾ and 1.
fn shades() -> BoxedStrategy<f64> {
    elements::integers(0..=4).prop_map(|quarters| quarters / 4.0).boxed()
}

/// The image with these pixels, row by row.
fn image(height: usize, pixels: &[[f64; 3]], kind: Kind, context: &Context) -> Tensor {
    let shape = vec![height as i64, (pixels.len() / height) as i64, 3];
    TensorSpec { shape, kind, values: pixels.concat(), layout: Layout::Contiguous }.tensor(context.device())
}

/// The variance of some numbers, by the definition.
fn variance(numbers: &[f64]) -> f64 {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / n
}

/// The variance over the pixels of each of the three colours.
fn channel_variances(img: &Tensor) -> [f64; 3] {
    let (numbers, channels) = (values(img), img.size()[2] as usize);
    [0, 1, 2].map(|k| variance(&numbers.iter().skip(k).step_by(channels).copied().collect::<Vec<_>>()))
}

fn mean_variance(img: &Tensor) -> f64 {
    channel_variances(img).iter().sum::<f64>() / 3.0
}

/// A Rust number as the tensor that fixtures and comparisons are about.
fn number(value: f64) -> Tensor {
    Tensor::from(value)
}

fn check_variance(img: &Tensor) -> Outcome {
    let (each, numbers) = (channel_variances(img), values(img));
    let expected = each.iter().sum::<f64>() / 3.0;
    let pixels = numbers.len() as f64 / 3.0;
    let grey: Vec<f64> = numbers.chunks(3).map(|pixel| pixel.iter().sum::<f64>() / 3.0).collect();
    let call = Call::new("pixel_variance").tensor("img", img);
    let got = call.succeeds(|| PIXEL_VARIANCE(img))?;
    call.expect(&number(got), &number(expected))
        .slip(SAMPLE, || number(expected * pixels / (pixels - 1.0)))
        .slip(ALL_AT_ONCE, || number(variance(&numbers)))
        .slip(STANDARD_DEVIATION, || number(expected.sqrt()))
        .slip(STANDARD_DEVIATION, || number(each.iter().map(|var| var.sqrt()).sum::<f64>() / 3.0))
        .slip(ADDED, || number(each.iter().sum()))
        .slip(GREY, || number(variance(&grey)))
        .check()
}

fn variances(context: &Context) -> Outcome {
    // Three white pixels and a red one: every slip gives another number.
    let img = image(2, &[WHITE, WHITE, RED, WHITE], Kind::Double, context);
    check_variance(&img)?;
    let call = Call::new("pixel_variance").tensor("img", &img);
    let got = call.succeeds(|| PIXEL_VARIANCE(&img))?;
    context.matches_fixture("red_pixel", &call, &number(got), &[])?;
    // One pixel does not vary.
    check_variance(&image(1, &[RED], Kind::Float, context))?;

    context.for_all(images(shades()), |spec| {
        check_variance(&spec.tensor(context.device()))?;

        // The laws: half the contrast, and the pixels in another order.
        let img = spec.tensor(context.device());
        let expected = 0.25 * mean_variance(&img);
        let changed = (img * 0.5).flip([1]).transpose(0, 1);
        let call = Call::new("pixel_variance").tensor("img", &changed);
        let got = call.succeeds(|| PIXEL_VARIANCE(&changed))?;
        call.expect(&number(got), &number(expected))
            .named("the result, a quarter of that of the image with twice the contrast,")
            .check()
    })
}

fn faint(context: &Context) -> Outcome {
    // Two shades that differ in the last digits of the dtype, at every other pixel: the variance is (δ/2)².
    for (kind, delta) in [(Kind::Float, 2_f64.powi(-12)), (Kind::Double, 1e-5), (Kind::Half, 2_f64.powi(-10))]
    {
        let shade = |index: usize| [0.75 + delta * (index % 2) as f64; 3];
        let img = image(8, &(0..64).map(shade).collect::<Vec<_>>(), kind, context);
        let call = Call::new("pixel_variance").tensor("img", &img);
        let got = call.succeeds(|| PIXEL_VARIANCE(&img))?;
        call.expect(&number(got), &number(delta * delta / 4.0))
            // The variance itself is small. What it is divided by, n or n − 1, another check asks.
            .within(Tolerance { relative: 0.02, absolute: 0.0 })
            .check()
            .map_err(|failure| failure.because(CANCELLED))?;
    }

    // No dtype holds 4/27, and only float64 has so many of its digits. What is far from it has another cause, of which
    // another check asks.
    for kind in [Kind::Half, Kind::BFloat16, Kind::Float, Kind::Double] {
        let img = image(1, &[WHITE, WHITE, RED], kind, context);
        let call = Call::new("pixel_variance").tensor("img", &img);
        let got = call.succeeds(|| PIXEL_VARIANCE(&img))?;
        let off = (got * 27.0 / 4.0 - 1.0).abs();
        call.holds(!(1e-12..1e-2).contains(&off), &format!("returned {got}, expected {}", 4.0 / 27.0))
            .map_err(|failure| {
                failure.because("the result has the digits of a coarser dtype: convert to float64 first.")
            })?;
    }
    Ok(())
}

fn blank(context: &Context) -> Outcome {
    let check = |img: &Tensor, thr: f64, expected: bool, cause: &str| {
        let call = Call::new("looks_blank").tensor("img", img).value("thr", thr);
        let got = call.succeeds(|| LOOKS_BLANK(img, thr))?;
        call.equals(&got, &expected, &[(cause, !expected)])
    };
    let one_colour = "every pixel is like every other here: the variance over the pixels is 0, channel by channel. Blank is \
                      not only what is white, and that red differs from blue within a pixel makes no drawing.";
    for kind in KINDS {
        for colour in [WHITE, BLACK, RED, [0.2, 0.4, 0.7]] {
            check(&image(2, &[colour; 6], kind, context), 1e-6, true, one_colour)?;
        }
        let mut page = [WHITE; 144];
        page[77] = [1.0, 0.9, 1.0];
        let img = image(12, &page, kind, context);
        check(&img, 1e-6, false, "one pixel is not white: variance 2.3e-5, more than the threshold.")?;
        check(&img, 1e-3, true, "the variance, 2.3e-5, is less than the threshold.")?;
    }
    let drawn = image(1, &[WHITE, BLACK], Kind::Double, context);
    check(&drawn, f64::INFINITY, true, "every variance is less than ∞, which is neither negative nor NaN.")?;
    let hardly = image(1, &[[0.5; 3], [0.5 + 1e-7; 3]], Kind::Double, context);
    check(&hardly, 0.0, false, "a variance above 0, however little, is not at most 0.")?;
    check(&image(1, &[WHITE; 2], Kind::Double, context), -0.0, true, "−0 is 0, and not negative.")?;
    // What the variance is, another check asks: here it is what pixel_variance says.
    let violet = [0.5, 0.25, 0.75];
    for pixels in [[WHITE, BLACK, RED, RED], [WHITE, violet, violet, WHITE], [BLACK, violet, RED, WHITE]] {
        let img = image(2, &pixels, Kind::Double, context);
        let call = Call::new("pixel_variance").tensor("img", &img);
        let variance = call.succeeds(|| PIXEL_VARIANCE(&img))?;
        check(&img, variance, true, "the threshold is the variance itself here: at most thr is blank.")?;
        for (factor, expected) in [(0.0, false), (0.99, false), (1.01, true)] {
            let cause = "this is not whether pixel_variance(img) is at most thr.";
            check(&img, factor * variance, expected, cause)?;
        }
    }
    Ok(())
}

fn rounded(pixel: &[f64], decimals: u32) -> Vec<i64> {
    pixel.iter().map(|shade| (shade * 10_f64.powi(decimals as i32)).round() as i64).collect()
}

/// How many different triples there are.
fn different<'a>(pixels: impl Iterator<Item = &'a [f64]>, decimals: u32) -> usize {
    pixels.map(|pixel| rounded(&pixel[..3], decimals)).collect::<HashSet<_>>().len()
}

fn is_ink(pixel: &[f64]) -> bool {
    pixel[..3].iter().any(|&shade| shade < 0.98)
}

/// The reference of ink_colours.
fn counted(img: &Tensor, decimals: u32) -> usize {
    let numbers = values(img);
    different(numbers.chunks(img.size()[2] as usize).filter(|pixel| is_ink(pixel)), decimals)
}

fn call_of_ink(img: &Tensor, decimals: u32) -> Call {
    Call::new("ink_colours").tensor("img", img).value("decimals", decimals)
}

fn check_ink(img: &Tensor) -> Outcome {
    let (numbers, expected) = (values(img), counted(img, 2));
    let pixels = || numbers.chunks(3);
    let levels: HashSet<i64> =
        pixels().filter(|pixel| is_ink(pixel)).flat_map(|pixel| rounded(pixel, 2)).collect();
    let call = call_of_ink(img, 2);
    let got = call.succeeds(|| INK_COLOURS(img, 2))?;
    let dark = |pixel: &&[f64]| pixel.iter().all(|&shade| shade < 0.98);
    let not_above = |pixel: &&[f64]| pixel.iter().any(|&shade| shade <= 0.98);
    let slips = [
        (EVERY_CHANNEL, different(pixels().filter(dark), 2)),
        (PIXELS, pixels().filter(|pixel| is_ink(pixel)).count()),
        (PAPER, different(pixels(), 2)),
        (LEVELS, levels.len()),
        (BOUNDARY, different(pixels().filter(not_above), 2)),
    ];
    call.equals(&got, &expected, &slips)
}

fn colours(context: &Context) -> Outcome {
    // Three colours, on five pixels of nine, where every slip counts something else.
    let (violet, paper) = ([0.5, 0.25, 0.75], [0.98, 1.0, 0.98]);
    let page = [WHITE, RED, paper, violet, [0.99, 1.0, 1.0], BLACK, BLACK, RED, WHITE];
    for kind in KINDS {
        check_ink(&image(3, &page, kind, context))?;
        let white = image(2, &[WHITE; 4], kind, context);
        check_ink(&white)?;
    }
    // 0.98 is no number of 16 bits: shades that are.
    for kind in [Kind::Half, Kind::BFloat16] {
        check_ink(&image(2, &[WHITE, RED, violet, BLACK, RED, WHITE], kind, context))?;
    }
    let entries = select(vec![0.0, 0.5, 0.98, 1.0]).boxed();
    context.for_all(images(entries), |spec| {
        check_ink(&spec.tensor(context.device()))?;

        // A law.
        let img = spec.tensor(context.device());
        let expected = counted(&img, 2);
        let twice = Tensor::cat(&[&img, &img.flip([0, 1])], 1);
        let call = call_of_ink(&twice, 2);
        let got = call.succeeds(|| INK_COLOURS(&twice, 2))?;
        call.holds(
            got == expected,
            &format!("found {got} colours on a page beside a copy of itself, {expected} on the page"),
        )
    })
}

fn rounding(context: &Context) -> Outcome {
    let fine =
        [[0.311, 0.0, 1.0], [0.314, 0.0, 1.0], [0.306, 0.0, 1.0], [0.32, 0.0, 1.0], [0.37, 0.004, 1.0]];
    let edge = [[0.978, 1.0, 1.0], [1.0, 0.5, 1.0], [1.0, 1.0, 1.0]];
    let cut_off =
        "0.306 is 0.31 after rounding, and 0.37 is 0.4: what is converted to an integer is cut off instead.";
    let before = "0.978 is below 0.98, and is ink: ask that of the numbers as they are, and round after it.";
    for kind in KINDS {
        // To the nearest, and down.
        for (decimals, expected, down) in [(0, 1, 1), (1, 2, 1), (2, 3, 4), (3, 5, 5)] {
            let img = image(1, &fine, kind, context);
            let call = call_of_ink(&img, decimals);
            let got = call.succeeds(|| INK_COLOURS(&img, decimals))?;
            call.equals(
                &got,
                &expected,
                &[(cut_off, down), ("this is the count for two decimals, whatever decimals is.", 3)],
            )?;
        }
        let img = image(3, &edge, kind, context);
        let call = call_of_ink(&img, 2);
        let got = call.succeeds(|| INK_COLOURS(&img, 2))?;
        call.equals(&got, &2, &[(before, 1)])?;
    }

    // With decimals d, no two of these are one. Between 0 and 1 there are 10ᵈ + 1 shades.
    for decimals in 1..=3 {
        let step = 10_f64.powi(-(decimals as i32));
        let page = [RED, [0.0, step, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, step]];
        let img = image(2, &page, Kind::Double, context);
        let call = call_of_ink(&img, decimals);
        let got = call.succeeds(|| INK_COLOURS(&img, decimals))?;
        call.equals(&got, &4, &[]).map_err(|failure| {
            failure.because(
                "a number r + g·10ᵈ + b·10²ᵈ is not one colour alone: r, g and b go up to 10ᵈ itself.",
            )
        })?;
    }
    // ¾·10⁶ is ∞ in float16.
    let img = image(1, &[[0.75; 3], [0.5; 3], [0.25; 3]], Kind::Half, context);
    let call = call_of_ink(&img, 6);
    let got = call.succeeds(|| INK_COLOURS(&img, 6))?;
    call.equals(&got, &3, &[]).map_err(|failure| {
        failure.because("float16 ends at 65504: convert to float64 before the product with 10ᵈ.")
    })?;

    let precise = [[0.5, 0.25, 0.0], [0.5 + 2e-12, 0.25, 0.0], [0.5, 0.25, 2e-15]];
    for (decimals, expected) in [(9, 1), (10, 1), (12, 2), (15, 3)] {
        let img = image(1, &precise, Kind::Double, context);
        let call = call_of_ink(&img, decimals);
        let got = call.succeeds(|| INK_COLOURS(&img, decimals)).map_err(|failure| {
            failure.because("10¹⁰ is more than an i32 holds, 10²⁰ more than an i64: compute with f64.")
        })?;
        call.equals(&got, &expected, &[])?;
    }
    Ok(())
}

/// The same image with a fourth channel.
fn with_alpha(img: &Tensor, alphas: &[f64]) -> Tensor {
    let size = img.size();
    let alpha = Tensor::from_slice(alphas).reshape([size[0], size[1], 1]);
    Tensor::cat(&[img, &alpha.to_kind(img.kind()).to_device(img.device())], 2)
}

fn alpha(context: &Context) -> Outcome {
    let cause = "the fourth channel is the opacity: img.narrow(2, 0, 3) are the colours.";
    let page = [WHITE, RED, BLACK, BLACK, [0.5, 0.25, 0.75], WHITE];
    let alphas = [0.0, 1.0, 0.25, 0.75, 0.5, 0.1];
    for kind in KINDS {
        for layout in Layout::ALL {
            let rgba = with_alpha(&image(2, &page, kind, context), &alphas);
            let spec = TensorSpec { shape: rgba.size(), kind, values: values(&rgba), layout };
            let rgba = spec.tensor(context.device());
            // What is said of the image without alpha, right or wrong, is to be said of the one with it.
            let opaque = rgba.narrow(2, 0, 3).contiguous();

            let call = Call::new("pixel_variance").tensor("img", &rgba);
            let got = call.succeeds(|| PIXEL_VARIANCE(&rgba))?;
            let expected = call.succeeds(|| PIXEL_VARIANCE(&opaque))?;
            call.expect(&number(got), &number(expected))
                .named("the variance, which should be that of the first three channels,")
                .check()
                .map_err(|failure| failure.because(cause))?;

            let call = call_of_ink(&rgba, 2);
            let got = call.succeeds(|| INK_COLOURS(&rgba, 2))?;
            let expected = call.succeeds(|| INK_COLOURS(&opaque, 2))?;
            let headline = format!("found {got} colours, and {expected} without the fourth channel");
            call.holds(got == expected, &headline).map_err(|failure| failure.because(cause))?;
        }
    }
    // Red all over, and nothing but the opacity differs.
    let rgba = with_alpha(&image(2, &[RED; 6], Kind::Double, context), &alphas);
    let call = Call::new("looks_blank").tensor("img", &rgba).value("thr", 1e-6);
    let got = call.succeeds(|| LOOKS_BLANK(&rgba, 1e-6))?;
    let expected = call.succeeds(|| LOOKS_BLANK(&rgba.narrow(2, 0, 3).contiguous(), 1e-6))?;
    call.equals(&got, &expected, &[(cause, !expected)])
}

fn inputs_left_alone(context: &Context) -> Outcome {
    for layout in Layout::ALL {
        for (kind, channels) in [(Kind::Float, 3), (Kind::Double, 3), (Kind::Double, 4)] {
            let numbers = (0..4 * channels).map(|index| f64::from(index * 7 % 16) / 16.0).collect();
            let spec = TensorSpec { shape: vec![2, 2, i64::from(channels)], kind, values: numbers, layout };
            let img = spec.tensor(context.device());
            let call = Call::new("pixel_variance").tensor("img", &img);
            call.succeeds(|| PIXEL_VARIANCE(&img))?;
            call.leaves_inputs_alone()?;
            let img = spec.tensor(context.device());
            let call = Call::new("looks_blank").tensor("img", &img).value("thr", 1e-6);
            call.succeeds(|| LOOKS_BLANK(&img, 1e-6))?;
            call.leaves_inputs_alone()?;
            let img = spec.tensor(context.device());
            let call = call_of_ink(&img, 2);
            call.succeeds(|| INK_COLOURS(&img, 2))?;
            call.leaves_inputs_alone()?;
        }
    }
    Ok(())
}

fn refusals(context: &Context) -> Outcome {
    let refused = |img: &Tensor, refusal, cause: &str| {
        let because = |failure: Failure| failure.because(cause);
        let call = Call::new("pixel_variance").tensor("img", img);
        call.refuses(refusal, || PIXEL_VARIANCE(img)).map_err(because)?;
        let call = Call::new("looks_blank").tensor("img", img).value("thr", 1e-6);
        call.refuses(refusal, || LOOKS_BLANK(img, 1e-6)).map_err(because)?;
        call_of_ink(img, 2).refuses(refusal, || INK_COLOURS(img, 2)).map_err(because)
    };
    let made = |shape: &[i64], kind, entry: f64| {
        let mut values = vec![0.25; shape.iter().product::<i64>() as usize];
        if let Some(last) = values.last_mut() {
            *last = entry;
        }
        TensorSpec { shape: shape.to_vec(), kind, values, layout: Layout::Contiguous }
            .tensor(context.device())
    };
    for (shape, cause) in [
        (
            &[3, 4, 5][..],
            "the channels are the last dimension; a decoder's [3, h, w] has to be permuted first.",
        ),
        (&[4, 5, 1], "one channel is grey: three are asked for."),
        (&[4, 5, 2], "three or four channels are asked for."),
        (&[4, 3], "an image has three dimensions."),
        (&[2, 4, 5, 3], "these are two images."),
        (&[0, 5, 3], "an image without pixels has no variance: 0/0."),
        (&[5, 0, 4], "an image without pixels has no variance: 0/0."),
    ] {
        refused(&made(shape, Kind::Float, 0.5), Refusal::Shape, cause)?;
    }
    for kind in [Kind::Uint8, Kind::Int64, Kind::Bool] {
        refused(&made(&[2, 2, 3], kind, 1.0), Refusal::Kind, "bytes from 0 to 255 are another thing.")?;
    }
    for (entry, cause) in [
        (1.5, "1 is the most there is: bytes have to be divided by 255 first."),
        (-0.25, "there is nothing darker than 0."),
        (1.0 + 1e-6, "1 is the most there is, without a tolerance."),
        (-1e-6, "there is nothing darker than 0, without a tolerance."),
        (f64::INFINITY, "1 is the most there is."),
        (
            f64::NAN,
            "NaN compares false with every number: ask that all are within 0..=1, not that none is outside.",
        ),
    ] {
        refused(&made(&[2, 2, 3], Kind::Double, entry), Refusal::Convert, cause)?;
    }
    for entry in [1.5, f64::NAN] {
        let cause = "an opacity is a number in the image like any other: it has to be between 0 and 1, too.";
        refused(&made(&[2, 2, 4], Kind::Double, entry), Refusal::Convert, cause)?;
    }
    let img = made(&[2, 2, 3], Kind::Double, 0.5);
    for thr in [-1e-6, f64::NAN] {
        let call = Call::new("looks_blank").tensor("img", &img).value("thr", thr);
        call.refuses(Refusal::Convert, || LOOKS_BLANK(&img, thr))?;
    }
    Ok(())
}
