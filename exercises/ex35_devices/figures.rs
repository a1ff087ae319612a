//! A figure of ex35: how long products of matrices take.

use harness::figure::{Cell, Colour, Panel, Shape, Sketch};

use super::*;

pub fn declare(suite: &mut Suite) {
    suite.figure(
        "matmul",
        "Products of matrices on CPU and GPU",
        "What timed measures for the product of two random [n, n] matrices of float32, on one thread of the CPU and on \
         the GPU where the figure is made with one.",
        matmul,
    );
}

const SIZES: [i64; 4] = [100, 500, 1000, 2000];

/// A size is left out where the one before says that it would take longer.
const PATIENCE: Duration = Duration::from_millis(1500);

fn matmul(context: &Context, sketch: &mut Sketch) {
    sketch.measured();
    let on_cpu = times(Device::Cpu, sketch);
    let on_gpu = match context.device() {
        Device::Cpu => [None; 4],
        device => times(device, sketch),
    };
    let milliseconds = |time: Option<Duration>, otherwise: &str| match time {
        Some(time) => format!("{:.2}", 1e3 * time.as_secs_f64()),
        None => otherwise.to_owned(),
    };
    let head = ["n", "CPU, ms", "GPU, ms", "speed-up"].map(|text| Cell::filled(text, Colour::Sky));
    let rows = SIZES.into_iter().zip(on_cpu).zip(on_gpu).flat_map(|((n, cpu), gpu)| {
        let speed_up = match (cpu, gpu) {
            (Some(cpu), Some(gpu)) => format!("{:.1} times", cpu.as_secs_f64() / gpu.as_secs_f64()),
            _ => "N/A".to_owned(),
        };
        [n.to_string(), milliseconds(cpu, "–"), milliseconds(gpu, "N/A"), speed_up].map(Cell::new)
    });
    let mut panel = Panel::diagram("", 20.0, 7.0);
    let cells = head.into_iter().chain(rows).collect();
    panel.add(Colour::Ink, "", Shape::cells([0.1, 0.3], [4.95, 1.25], 4, cells));
    sketch.panel(panel);
}

/// How long a product of each size takes; `None` where it was not measured.
fn times(device: Device, sketch: &mut Sketch) -> [Option<Duration>; 4] {
    let mut latest = Duration::ZERO;
    SIZES.map(|n| {
        let random = || Tensor::rand([n, n], (Kind::Float, device));
        let (a, b) = (random(), random());
        let (reps, calls) = if n < 2000 { (3, 4) } else { (1, 2) };
        // Twice the size is eight times the work.
        if latest * 8 * calls > PATIENCE {
            return None;
        }
        let mut work = || {
            let product = a.matmul(&b);
            // MPS computes only what is read.
            if device == Device::Mps {
                let _ = product.double_value(&[0, 0]);
            }
        };
        let time = sketch.succeeds("timed", || TIMED(device, reps, &mut work))?;
        latest = latest.max(time);
        Some(time)
    })
}
