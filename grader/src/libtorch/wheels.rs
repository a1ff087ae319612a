//! The wheels libtorch comes from, pinned by hash.
//!
//! Always the ones for CPython 3.11, whatever Python does the installing: the libraries in them do not depend on it,
//! and so everybody has the same files.

use super::{VERSION, Variant};

/// What to install on one platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wheels {
    wheels: &'static [Wheel],
    /// Bytes to download.
    pub download: u64,
    /// Bytes they unpack to.
    pub unpacked: u64,
    /// Platform tags these wheels have, for pip.
    pub pip_platforms: &'static [&'static str],
    /// The same in uv's words.
    pub uv_platform: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
struct Wheel {
    name: &'static str,
    version: &'static str,
    sha256: &'static str,
}

impl Wheels {
    pub fn for_platform(os: &str, arch: &str, variant: Variant) -> Option<Self> {
        match (os, arch, variant) {
            ("linux", "x86_64", Variant::Cpu) => Some(Self {
                wheels: LINUX_X86_64,
                download: 539_534_190,
                unpacked: 1_147_363_883,
                pip_platforms: &["manylinux_2_28_x86_64", "manylinux_2_25_x86_64", "manylinux2014_x86_64"],
                uv_platform: "x86_64-manylinux_2_28",
            }),
            ("linux", "x86_64", Variant::Cuda) => Some(Self {
                wheels: LINUX_X86_64_CUDA,
                download: 2_524_127_742,
                unpacked: 4_500_000_000,
                pip_platforms: &[
                    "manylinux_2_28_x86_64",
                    "manylinux_2_27_x86_64",
                    "manylinux_2_25_x86_64",
                    "manylinux_2_18_x86_64",
                    "manylinux2014_x86_64",
                    "manylinux2010_x86_64",
                    "manylinux1_x86_64",
                ],
                uv_platform: "x86_64-manylinux_2_28",
            }),
            ("linux", "aarch64", Variant::Cpu) => Some(Self {
                wheels: LINUX_AARCH64,
                download: 439_771_256,
                unpacked: 920_000_000,
                pip_platforms: &["manylinux_2_28_aarch64", "manylinux_2_25_aarch64", "manylinux2014_aarch64"],
                uv_platform: "aarch64-manylinux_2_28",
            }),
            ("macos", "aarch64", Variant::Cpu) => Some(Self {
                wheels: MACOS_ARM64,
                download: 111_187_938,
                unpacked: 470_773_995,
                pip_platforms: &["macosx_14_0_arm64"],
                uv_platform: "aarch64-apple-darwin",
            }),
            _ => None,
        }
    }

    /// Disk space a set-up takes at its peak, when the wheels and what is in them are both there; and a reserve.
    pub fn peak(&self) -> u64 {
        (self.download + self.unpacked) * 5 / 4
    }

    pub fn requirements(&self) -> String {
        self.wheels
            .iter()
            .map(|wheel| format!("{}=={} --hash=sha256:{}\n", wheel.name, wheel.version, wheel.sha256))
            .collect()
    }
}

const fn wheel(name: &'static str, version: &'static str, sha256: &'static str) -> Wheel {
    Wheel { name, version, sha256 }
}

// Even for the CPU alone, the Linux libraries of PyPI need the CUDA runtime and its profiling interface to load.
const LINUX_X86_64: &[Wheel] = &[
    wheel("torch", VERSION, "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7"),
    wheel("nvidia-cuda-cupti", "13.0.85", "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8"),
    wheel(
        "nvidia-cuda-runtime",
        "13.0.96",
        "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
    ),
];

// What torch's own metadata asks for on Linux, without what only its Python side uses (triton, cuda-bindings).
const LINUX_X86_64_CUDA: &[Wheel] = &[
    wheel("torch", VERSION, "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7"),
    wheel("nvidia-cublas", "13.1.1.3", "37936a16db8fe4ac1f065c2139360608a543a09275cb1a1af612e08cfa065436"),
    wheel("nvidia-cuda-cupti", "13.0.85", "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8"),
    wheel("nvidia-cuda-nvrtc", "13.0.88", "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575"),
    wheel(
        "nvidia-cuda-runtime",
        "13.0.96",
        "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
    ),
    wheel(
        "nvidia-cudnn-cu13",
        "9.20.0.48",
        "0c45dd8eeb50b603f07995b1b300c62ffe6a1980482b82b3bcf94a4ca9d49304",
    ),
    wheel("nvidia-cufft", "12.0.0.61", "6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3"),
    wheel("nvidia-cufile", "1.15.1.6", "08a3ecefae5a01c7f5117351c64f17c7c62efa5fffdbe24fc7d298da19cd0b44"),
    wheel("nvidia-curand", "10.4.0.35", "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc"),
    wheel("nvidia-cusolver", "12.0.4.66", "0a759da5dea5c0ea10fd307de75cdeb59e7ea4fcb8add0924859b944babf1112"),
    wheel("nvidia-cusparse", "12.6.3.3", "2b3c89c88d01ee0e477cb7f82ef60a11a4bcd57b6b87c33f789350b59759360b"),
    wheel(
        "nvidia-cusparselt-cu13",
        "0.8.1",
        "786ce87568c303fadb5afcc7102d454cd3040d75f6f8626f5db460d1871f4dd0",
    ),
    wheel("nvidia-nccl-cu13", "2.29.7", "edd81538446786ec3b73972543e53bb43bcaf0bfc8ef76cb679fcc390ffe136d"),
    wheel("nvidia-nvjitlink", "13.5.37", "280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb"),
    wheel("nvidia-nvshmem-cu13", "3.4.5", "290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80"),
    wheel("nvidia-nvtx", "13.0.85", "4936d1d6780fbe68db454f5e72a42ff64d1fd6397df9f363ae786930fd5c1cd4"),
];

const LINUX_AARCH64: &[Wheel] = &[
    wheel("torch", VERSION, "092790c696a760c729fd5722835f50b9d81fd7c8f141571f3f3cf4081a8f664c"),
    wheel("nvidia-cuda-cupti", "13.0.85", "796bd679890ee55fb14a94629b698b6db54bcfd833d391d5e94017dd9d7d3151"),
    wheel(
        "nvidia-cuda-runtime",
        "13.0.96",
        "ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55",
    ),
];

const MACOS_ARM64: &[Wheel] =
    &[wheel("torch", VERSION, "e76f9bcecc52b8ff711239a2f7547d5353df95878ab232f0773c1d95928b92f8")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_installs_exactly_the_wanted_version_by_hash() {
        for (os, arch, variant) in [
            ("linux", "x86_64", Variant::Cpu),
            ("linux", "x86_64", Variant::Cuda),
            ("linux", "aarch64", Variant::Cpu),
            ("macos", "aarch64", Variant::Cpu),
        ] {
            let wheels = Wheels::for_platform(os, arch, variant).unwrap();
            let requirements = wheels.requirements();
            assert!(requirements.starts_with(&format!("torch=={VERSION} --hash=sha256:")), "{requirements}");
            assert!(wheels.wheels.iter().all(|wheel| wheel.sha256.len() == 64));
        }
    }

    #[test]
    fn a_platform_without_a_wheel_has_none() {
        assert_eq!(Wheels::for_platform("macos", "x86_64", Variant::Cpu), None);
        assert_eq!(Wheels::for_platform("linux", "aarch64", Variant::Cuda), None);
        assert_eq!(Wheels::for_platform("linux", "riscv64", Variant::Cpu), None);
    }
}
