//! Whatever is in a submission, its sources are taken or refused, and nothing else is read or written.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Component;
use std::process::Command;
use std::time::SystemTime;

use proptest::prelude::*;

use super::*;
use crate::course::sample;
use crate::properties::holds;

const SECRET: &str = "what must not be read";

/// Something in a folder of sources.
#[derive(Debug, Clone)]
enum Thing {
    File(Vec<u8>),
    Folder,
    Link(&'static str),
    Pipe,
    Socket,
}

/// A path below the folder of sources: odd names, but none that a file system does not take.
fn places() -> impl Strategy<Value = PathBuf> {
    let name = prop_oneof![
        4 => prop::sample::select(vec!["lib.rs", "a", "b", "mod.rs", "a.rs"]).prop_map(OsString::from),
        1 => prop::sample::select(vec!["...", ".. ", ".rs", "a\nb.rs", "-p", "~", "*", "Cargo.toml", ".cargo", "a\\..\\b", "\u{202e}sr.bil"])
            .prop_map(OsString::from),
        1 => Just("n".repeat(255).into()),
        1 => prop::collection::vec(any::<u8>().prop_filter("no name has it", |byte| ![0, b'/'].contains(byte)), 1..20)
            .prop_map(OsString::from_vec)
            .prop_filter("these lead elsewhere", |name| name != "." && name != ".."),
    ];
    prop::collection::vec(name, 1..6).prop_map(PathBuf::from_iter)
}

fn things() -> impl Strategy<Value = Thing> {
    let targets = vec![
        ".",
        "..",
        "../..",
        "lib.rs",
        "a",
        "b",
        "nowhere",
        "/",
        "/etc/passwd",
        "/dev/zero",
        "/proc/self/environ",
        "../../outside/secret.rs",
        "../../../outside/secret.rs",
        "../../../outside",
        "../../ex02_row_normalization/src/lib.rs",
    ];
    prop_oneof![
        6 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Thing::File),
        2 => "[a-z{} ();\n]{0,40}".prop_map(|text| Thing::File(text.into_bytes())),
        2 => Just(Thing::Folder),
        3 => prop::sample::select(targets).prop_map(Thing::Link),
        1 => Just(Thing::Pipe),
        1 => Just(Thing::Socket),
    ]
}

/// Makes it where there is room for it.
fn make(path: &Path, thing: &Thing) {
    if path.parent().is_none_or(|parent| fs::create_dir_all(parent).is_err())
        || path.symlink_metadata().is_ok()
    {
        return;
    }
    match thing {
        Thing::File(contents) => fs::write(path, contents).unwrap(),
        Thing::Folder => fs::create_dir(path).unwrap(),
        Thing::Link(target) => symlink(target, path).unwrap(),
        Thing::Pipe => assert!(Command::new("mkfifo").arg("--").arg(path).status().unwrap().success()),
        // A path may be too long for one.
        Thing::Socket => drop(UnixListener::bind(path)),
    }
}

/// All below a folder, links not followed: length, and when it was last written to.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            found.extend(listing(&path));
        }
        found.insert(path, (metadata.len(), metadata.modified().unwrap()));
    }
    found
}

/// What a submission with these things in ex01 holds for it, after seeing that all is as it must be.
fn taken(tree: &[(PathBuf, Thing)]) -> Submitted {
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join("submission");
    let source = folder.join("ex01_tensor_surgery/src");
    for outside in [around.path().join("outside"), folder.join("ex02_row_normalization/src")] {
        fs::create_dir_all(&outside).unwrap();
    }
    fs::write(around.path().join("outside/secret.rs"), SECRET).unwrap();
    fs::write(folder.join("ex02_row_normalization/src/lib.rs"), "theirs too").unwrap();
    fs::create_dir_all(&source).unwrap();
    for (place, thing) in tree {
        // A link on the way may lead anywhere.
        let parent = source.join(place).parent().map(Path::to_owned).unwrap();
        let leads_away =
            parent.ancestors().take_while(|folder| *folder != source).any(|folder| folder.is_symlink());
        if !leads_away {
            make(&source.join(place), thing);
        }
    }
    let before = listing(around.path());
    let course = sample();
    let submitted = read(&folder, &course).unwrap().into_iter().next().unwrap().1;
    assert_eq!(listing(around.path()), before, "something was written");
    match &submitted {
        Submitted::Missing => {}
        Submitted::Refused(why) => {
            assert!(why.starts_with("error: ex01_tensor_surgery/src") && why.len() > 40, "{why}");
            assert!(!why.contains(SECRET));
        }
        Submitted::Sources(sources) => {
            assert!(!sources.is_empty() && sources.len() <= MOST_FILES);
            for (place, contents) in sources {
                assert!(place.components().all(|part| matches!(part, Component::Normal(_))), "{place:?}");
                let real = fs::canonicalize(source.join(place)).unwrap();
                assert!(real.starts_with(fs::canonicalize(&folder).unwrap()), "{real:?}");
                assert_eq!(*contents, fs::read(real).unwrap());
                assert!(!contents.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
            }
        }
    }
    submitted
}

#[test]
fn any_tree_is_taken_or_refused_and_nothing_outside_is_read() {
    let trees = prop::collection::vec((places(), things()), 0..12);
    let kinds = std::cell::Cell::new([0; 3]);
    holds(200, trees, |tree| {
        let kind = match taken(&tree) {
            Submitted::Missing => 0,
            Submitted::Refused(_) => 1,
            Submitted::Sources(_) => 2,
        };
        let mut so_far = kinds.get();
        so_far[kind] += 1;
        kinds.set(so_far);
    });
    assert!(kinds.get().iter().all(|&count| count >= 5), "{kinds:?}: the trees are all alike");
}

#[test]
fn ten_thousand_files_and_thousands_of_folders_are_refused() {
    for (thing, count) in [(Thing::File(Vec::new()), 10_000), (Thing::Folder, 2_000)] {
        let tree: Vec<_> =
            (0..count).map(|number| (PathBuf::from(format!("f{number}")), thing.clone())).collect();
        assert!(matches!(taken(&tree), Submitted::Refused(_)));
    }
}

/// Ten links in each of ten folders, each to the next one: ten thousand million ways to the last.
#[test]
fn links_that_make_countless_ways_to_a_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("ex01_tensor_surgery/src");
    for depth in 0..10 {
        let place = folder.path().join(format!("shared/{depth}"));
        fs::create_dir_all(&place).unwrap();
        for link in 0..10 {
            symlink(format!("../{}", depth + 1), place.join(link.to_string())).unwrap();
        }
    }
    fs::create_dir_all(folder.path().join("shared/10")).unwrap();
    fs::create_dir_all(&source).unwrap();
    symlink("../../shared/0", source.join("a")).unwrap();
    let course = sample();
    let submitted = read(folder.path(), &course).unwrap().into_iter().next().unwrap().1;
    let Submitted::Refused(why) = submitted else { panic!("{submitted:?}") };
    assert!(why.ends_with("there are too many files and folders"), "{why}");
}
