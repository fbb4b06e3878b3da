//! What features of frames and clips are good for: where the body is, in which room, how fast, whether features have
//! collapsed.
//!
//! ```text
//! held-out episodes, nuisances on:  labels | half as many to choose the strength | rows to measure
//! frozen features, standardised ──ridge──► place, velocity, room
//! ```

use burn::tensor::{Device, Tensor};
use freeroam_objectives::measures::{Components, KMeans, Ridge, Table, matched_accuracy, mean_distance};
use freeroam_objectives::vision::{Clips, Frames, Meta, Pool};
use freeroam_objectives::{Measure, Probe, Representation, RepresentationConfig, Spread};
use freeroam_replay::Stream;
use freeroam_trainer::nn::numbers;
use freeroam_trainer::{Record, TrainerError};

use super::RepresentConfig;
use super::pictures::Pictures;
use super::supervised::supervised;

/// Rows that go through a network at once.
const BATCH: usize = 128;
/// Most principal components of pixels beside features.
const COMPONENTS: usize = 128;

/// Rows of a kind that come from a pool.
pub(super) trait Labelled: Sized {
    /// What rows are called.
    const NAME: &'static str;
    /// Whether they are all that an objective needs for its own measures.
    const WHOLE: bool = true;

    /// The rows that begin at some frames of a pool, of `length` frames each.
    fn take(pool: &Pool, starts: &[usize], length: usize, device: &Device) -> Self;

    /// What each shows.
    fn meta(&self) -> &[Meta];

    /// Their frames, `[B, T, 3, height, width]`.
    fn frames(&self) -> Tensor<5>;

    /// Their pixels, `[B, pixels]`.
    fn pixels(&self) -> Tensor<2> {
        self.frames().flatten(1, 4)
    }
}

/// How far what was read is from what is true.
type Error = fn(&Table, &Table) -> f64;

/// Rows that a probe needs for `labels` labels and `measured` rows to measure on.
pub(super) const fn rows(labels: usize, measured: usize) -> usize {
    labels + labels / 2 + measured
}

impl Labelled for Frames {
    const NAME: &'static str = "frames";

    fn take(pool: &Pool, starts: &[usize], _: usize, device: &Device) -> Self {
        pool.frames(starts, device)
    }

    fn meta(&self) -> &[Meta] {
        &self.meta
    }

    fn frames(&self) -> Tensor<5> {
        self.rgb.clone().unsqueeze_dim(1)
    }
}

impl Labelled for Clips {
    const NAME: &'static str = "clips";

    fn take(pool: &Pool, starts: &[usize], length: usize, device: &Device) -> Self {
        pool.clips(starts, length, device)
    }

    fn meta(&self) -> &[Meta] {
        &self.meta
    }

    fn frames(&self) -> Tensor<5> {
        self.rgb.clone()
    }
}

/// Held-out rows with labels.
pub(super) struct PicturesProbe<B> {
    config: RepresentConfig,
    has_places: bool,
    /// Rows with labels, rows that choose the strength; the rest is measured.
    cuts: [usize; 2],
    batches: Vec<B>,
    meta: Vec<Meta>,
    /// What the pixels of the same rows give, once it has been asked for.
    pixels: Option<Record>,
    /// What a network learns from the labels alone, once it has been asked for.
    supervised: Option<Record>,
}

impl<B: Labelled> PicturesProbe<B> {
    pub(super) fn new(
        config: &RepresentConfig,
        labels: usize,
        pictures: Pictures,
        length: usize,
        device: &Device,
    ) -> Self {
        let starts = pictures.held_out.starts(length);
        let take = |starts: &[usize]| B::take(&pictures.held_out, starts, length, device);
        let batches: Vec<B> = starts.chunks(BATCH).map(take).collect();
        // Of few files, two fifths are labelled and one chooses; a world has as many rows as were asked for.
        let labels = if pictures.has_places { labels } else { labels.min(starts.len() * 2 / 5) };
        Self {
            config: config.clone(),
            has_places: pictures.has_places,
            cuts: [labels, labels + labels / 2],
            meta: batches.iter().flat_map(|batch| batch.meta().to_vec()).collect(),
            batches,
            pixels: None,
            supervised: None,
        }
    }

    fn rooms(&self) -> usize {
        self.meta.iter().map(|meta| meta.room + 1).max().unwrap_or(0)
    }

    /// How well a ridge regression reads `targets` from features: its error or share, on rows that it has not seen.
    fn read(&self, features: &Table, targets: &Table, error: impl Fn(&Table, &Table) -> f64) -> f64 {
        let [labels, chosen] = self.cuts;
        let part = |table: &Table, rows| Table::part(table, rows);
        let rest = chosen..features.rows();
        let [x, y] = [features, targets].map(|table| part(table, 0..labels));
        let [vx, vy] = [features, targets].map(|table| part(table, labels..chosen));
        let ridge = Ridge::chosen([&x, &y], [&vx, &vy], &error);
        ridge.map_or(f64::NAN, |ridge| error(&ridge.predict(&part(features, rest.clone())), &part(targets, rest)))
    }

    /// What is read, with its error: places and velocities where they are known, rooms where there are several.
    fn targets(&self) -> Vec<(&'static str, Table, Error)> {
        let mut targets: Vec<(_, _, Error)> = Vec::new();
        if self.has_places {
            let table = |of: fn(&Meta) -> [f32; 2]| {
                Table::new(2, self.meta.iter().flat_map(|meta| of(meta).map(f64::from)).collect())
            };
            targets.push((PLACE, table(|meta| meta.place), mean_distance));
            targets.push((VELOCITY, table(|meta| meta.velocity), mean_distance));
        }
        let rooms = self.rooms();
        if rooms > 1 {
            let one_hot =
                |meta: &Meta| (0..rooms).map(|room| f64::from(u8::from(room == meta.room))).collect::<Vec<_>>();
            targets.push((ROOM, Table::new(rooms, self.meta.iter().flat_map(one_hot).collect()), wrong));
        }
        targets
    }

    /// Every measure of features, one row each.
    fn read_all(&self, features: &Table) -> Record {
        let mut record = Record::default();
        for (key, targets, error) in self.targets() {
            record.set(key, shown(key, self.read(features, &targets, error)));
        }
        record
    }

    /// The record of a network that learns from the labelled rows alone; empty where the settings leave it out.
    fn supervised(&mut self) -> Record {
        if let Some(record) = &self.supervised {
            return record.clone();
        }
        let (mut record, steps, targets) = (Record::default(), self.config.evaluate.supervised, self.targets());
        if steps > 0 && !targets.is_empty() {
            let frames = Tensor::cat(self.batches.iter().map(B::frames).collect(), 0);
            let groups: Vec<&Table> = targets.iter().map(|(_, table, _)| table).collect();
            let stream = &mut Stream::new(self.config.seed, "network of labels", 0);
            let said = supervised(&frames, &groups, self.cuts, steps, stream);
            let rest = |table: &Table| table.part(self.cuts[1]..table.rows());
            for ((key, table, error), own) in targets.iter().zip(&said) {
                record.set(*key, shown(key, error(&rest(own), &rest(table))));
            }
        }
        self.supervised = Some(record.clone());
        record
    }

    fn tables(&self, of: impl Fn(&B) -> Tensor<2>) -> Table {
        Table::stacked(self.batches.iter().map(|batch| Table::of(of(batch))))
    }

    /// The record of principal components of the pixels, as many as features have.
    fn pixels(&mut self, features: usize) -> Record {
        if let Some(record) = &self.pixels {
            return record.clone();
        }
        let pixels = Tensor::cat(self.batches.iter().map(B::pixels).collect(), 0); // [rows, pixels]
        let known = pixels.clone().narrow(0, 0, self.cuts[1].max(1));
        let stream = &mut Stream::new(self.config.seed, "principal components", 0);
        let components = Components::fit(known, features.min(COMPONENTS), stream);
        let record = self.read_all(&Table::of(components.project(pixels)));
        self.pixels = Some(record.clone());
        record
    }

    /// Share of rows whose nearest other row, by features, is in the same room.
    fn purity(&self, features: &Table) -> f64 {
        let rows = features.rows();
        let nearest = |row: usize| {
            let gap = |other: &usize| -> f64 {
                features.row(row).iter().zip(features.row(*other)).map(|(a, b)| (a - b).powi(2)).sum()
            };
            (0..rows).filter(|other| *other != row).min_by(|a, b| gap(a).total_cmp(&gap(b)))
        };
        let same = |row: &usize| nearest(*row).is_some_and(|other| self.meta[*row].room == self.meta[other].room);
        (0..rows).filter(same).count() as f64 / rows as f64
    }

    /// The name of the rows in words.
    fn words(&self) -> String {
        let measured = self.meta.len() - self.cuts[1];
        let from = if self.has_places { self.config.env.clone() } else { "the folder".into() };
        format!("ridge regression on {} labelled {} of {from}, measured on {measured}", self.cuts[0], B::NAME)
    }
}

const PLACE: &str = "probe/position";
const VELOCITY: &str = "probe/velocity";
const ROOM: &str = "probe/room";
const CLUSTERS: &str = "probe/clusters";
const KMEANS: &str = "probe/kmeans";

/// A measure as it is shown: rooms by the share that is right.
fn shown(key: &str, error: f64) -> f64 {
    if key == ROOM { 1.0 - error } else { error }
}

/// Share of rows whose largest number is in another column.
fn wrong(predicted: &Table, targets: &Table) -> f64 {
    let largest = |row: &[f64]| row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(at, _)| at);
    let differ = predicted.iter().zip(targets.iter()).filter(|(a, b)| largest(a) != largest(b)).count();
    differ as f64 / targets.rows() as f64
}

impl<B: Labelled + Send> Probe<B> for PicturesProbe<B> {
    fn measures(&mut self) -> Result<Vec<Measure>, TrainerError> {
        let beside = [("principal components of pixels", self.pixels(COMPONENTS)), ("labels alone", self.supervised())];
        let words = self.words();
        let measure = |key: &'static str, meaning: &str, more_is_better: bool| Measure {
            key,
            meaning: format!("{meaning}; {words}"),
            more_is_better,
            baselines: beside.iter().filter_map(|(name, record)| Some(((*name).into(), record.get(key)?))).collect(),
        };
        let mut measures = Vec::new();
        if self.has_places {
            measures.push(measure(PLACE, "error of the body's place, metres", false));
            measures.push(measure(VELOCITY, "error of the body's velocity, metres per second", false));
        }
        if self.rooms() > 1 {
            let what = if self.has_places { "share of right cells" } else { "share of right classes" };
            measures.push(measure(ROOM, what, true));
        }
        if matches!(self.config.objective_config, RepresentationConfig::Scan(_)) && self.rooms() > 1 {
            let meaning = "share of rows whose cluster is matched to their cell or class, best matching".into();
            let clusters = Measure { key: CLUSTERS, meaning, more_is_better: true, baselines: Vec::new() };
            measures.insert(0, clusters);
            let meaning = "the same of k-means on the features".into();
            measures.insert(1, Measure { key: KMEANS, meaning, more_is_better: true, baselines: Vec::new() });
        }
        for (key, meaning) in [
            ("probe/deviation", "spread of unit features: 1 in all directions alike, below 0.05 collapsed"),
            ("probe/rank", "directions in which features spread, below 4 collapsed"),
        ] {
            measures.push(Measure { key, meaning: meaning.into(), more_is_better: true, baselines: Vec::new() });
        }
        Ok(measures)
    }

    fn measure(&mut self, objective: &dyn Representation<B>) -> Result<Record, TrainerError> {
        let features = self.tables(|batch| objective.embed(batch));
        let mut record = self.read_all(&features);
        let flat: Vec<f32> = features.iter().flatten().map(|x| *x as f32).collect();
        let spread = Spread::of(&flat, features.columns());
        record.set("probe/deviation", spread.deviation);
        record.set("probe/rank", spread.rank);
        record.set("probe/collapsed", f64::from(u8::from(spread.collapsed())));
        let noise = &mut Stream::new(self.config.seed, "evaluation noise", 0);
        if let Some(batch) = self.batches.last().filter(|_| B::WHOLE) {
            for (key, value) in objective.score(batch, noise) {
                let name = key.rsplit('/').next().unwrap_or(key);
                record.set(format!("probe/{name}"), f64::from(value.into_scalar::<f32>()));
            }
        }
        let assigned: Option<Vec<Tensor<2>>> = self.batches.iter().map(|batch| objective.assign(batch)).collect();
        if let Some(assigned) = assigned
            && self.rooms() > 1
        {
            let classes = assigned[0].dims()[1];
            let clusters: Vec<usize> =
                assigned.into_iter().flat_map(|p| numbers(p.argmax(1).float())).map(|x| x as usize).collect();
            let rooms: Vec<usize> = self.meta.iter().map(|meta| meta.room).collect();
            record.set(CLUSTERS, matched_accuracy(&clusters, &rooms));
            let stream = &mut Stream::new(self.config.seed, "starts of k-means", 0);
            let own = KMeans::fit(&features, classes, stream).assign(&features);
            record.set(KMEANS, matched_accuracy(&own, &rooms));
            record.set("probe/purity", self.purity(&features));
        }
        Ok(record)
    }
}
