//! The crates depend on each other, and on burn, as the README's table says.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What a row of the table says about a crate.
struct Row {
    name: String,
    depends_on: BTreeSet<String>,
    /// `depends_on` is a bound and not an exact list.
    bound: bool,
    burn: bool,
}

fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().expect("the tests lie in the workspace root").to_path_buf()
}

/// The words in backquotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The rows of the table below the heading "Crates".
fn table(readme: &str) -> Vec<Row> {
    let section = readme.split("\n## ").find(|part| part.starts_with("Crates\n")).expect("the README has `## Crates`");
    let mut rows: Vec<Row> = Vec::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, _, depends_on, burn] = cells[..] else { panic!("not four cells: {line}") };
        let name = quoted(name).next().expect("the first cell is a quoted name").to_owned();
        let bound = depends_on == "any of the above";
        let depends_on = if bound {
            rows.iter().map(|row| row.name.clone()).collect()
        } else {
            assert!(
                depends_on == "nothing" || quoted(depends_on).next().is_some(),
                "{name}: cannot read `{depends_on}`"
            );
            quoted(depends_on).map(str::to_owned).collect()
        };
        assert!(["yes", "no"].contains(&burn), "{name}: burn is `{burn}`, not yes or no");
        rows.push(Row { name, depends_on, bound, burn: burn == "yes" });
    }
    rows
}

/// The names of all dependencies in the given tables of a manifest, target-specific ones included.
fn dependencies(manifest: &toml::Table, kinds: &[&str]) -> BTreeSet<String> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let scopes = targets.into_iter().flat_map(|targets| targets.values().filter_map(toml::Value::as_table));
    scopes
        .chain([manifest])
        .flat_map(|scope| kinds.iter().filter_map(|kind| scope.get(*kind)?.as_table()))
        .flat_map(|table| table.keys().cloned())
        .collect()
}

/// The crates of this workspace among `dependencies`, by folder.
fn ours(dependencies: &BTreeSet<String>) -> BTreeSet<String> {
    dependencies.iter().filter_map(|name| name.strip_prefix("freeroam-")).map(str::to_owned).collect()
}

fn manifest(name: &str) -> toml::Table {
    let path = root().join(name).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn readme_rows() -> Vec<Row> {
    table(&fs::read_to_string(root().join("README.md")).expect("there is a README"))
}

#[test]
fn table_lists_every_crate() {
    let workspace: toml::Table =
        fs::read_to_string(root().join("Cargo.toml")).expect("workspace").parse().expect("TOML");
    let members: BTreeSet<&str> =
        workspace["workspace"]["members"].as_array().expect("members").iter().filter_map(toml::Value::as_str).collect();
    let rows = readme_rows();
    assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<BTreeSet<_>>(), members);
}

#[test]
fn table_points_one_way() {
    let mut above = BTreeSet::new();
    for row in readme_rows() {
        assert!(row.depends_on.is_subset(&above), "{} depends on a crate below it: {:?}", row.name, row.depends_on);
        above.insert(row.name);
    }
}

#[test]
fn manifests_are_the_table() {
    for row in readme_rows() {
        let manifest = manifest(&row.name);
        let used = ours(&dependencies(&manifest, &["dependencies", "build-dependencies"]));
        if row.bound {
            assert!(used.is_subset(&row.depends_on), "{} uses {used:?}, table: {:?}", row.name, row.depends_on);
        } else {
            assert_eq!(used, row.depends_on, "{}: its Cargo.toml and the README's table differ", row.name);
        }
        let tested_with = ours(&dependencies(&manifest, &["dev-dependencies"]));
        assert!(tested_with.is_subset(&row.depends_on), "{}: its tests use {tested_with:?}", row.name);
    }
}

#[test]
fn only_crates_that_learn_use_burn() {
    for row in readme_rows().iter().filter(|row| !row.burn) {
        let all = dependencies(&manifest(&row.name), &["dependencies", "build-dependencies", "dev-dependencies"]);
        let burn: Vec<_> = all.iter().filter(|name| name.starts_with("burn") || name.starts_with("cubecl")).collect();
        assert!(burn.is_empty(), "{} must build without burn but uses {burn:?}", row.name);
    }
}
