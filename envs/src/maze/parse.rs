//! Mazes from text, and what makes a maze sound.

use super::{Cell, Layout};
use crate::EnvsError;

impl Layout {
    /// A maze of one's own from text, one line per row: `#` wall, `.` free, `S` a start, `G` a goal. Each start with each
    /// goal is a task. Blank lines at both ends and blanks at the ends of lines are left out.
    ///
    /// Cells have an edge of 4 m and cell (1, 1) lies at the world origin, as in `OGBench`; [`Layout::cell`] and
    /// [`Layout::origin`] may be changed afterwards. `name` is what errors call the maze, such as the file's name.
    ///
    /// # Errors
    /// [`EnvsError::Maze`], which says where: no rows, rows of different lengths, other letters, an open border, no free
    /// cell, a goal that cannot be reached from a start.
    pub fn parse(name: &str, text: &str) -> Result<Self, EnvsError> {
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
        let last = lines.iter().rposition(|line| !line.is_empty()).map_or(first, |last| last + 1);
        Self::from_lines(name, &lines[first..last], first)
    }

    /// A maze from its rows; `before` lines of the text come before them.
    pub(super) fn from_lines(name: &str, lines: &[&str], before: usize) -> Result<Self, EnvsError> {
        let refuse = |reason: String| EnvsError::Maze { name: name.to_owned(), reason };
        let (mut starts, mut goals, mut rows) = (Vec::new(), Vec::new(), Vec::with_capacity(lines.len()));
        for (i, line) in lines.iter().enumerate() {
            let mut row = String::with_capacity(line.len());
            for (j, letter) in line.chars().enumerate() {
                row.push(if letter == '#' { '#' } else { '.' });
                match letter {
                    '#' | '.' => {}
                    'S' => starts.push((i, j)),
                    'G' => goals.push((i, j)),
                    _ => {
                        let (line, column) = (before + i + 1, j + 1);
                        return Err(refuse(format!(
                            "`{letter}` in line {line}, column {column}; expected `#` wall, `.` free, `S` start or `G` goal"
                        )));
                    }
                }
            }
            rows.push(row);
        }
        let task = |&start: &Cell| goals.iter().map(move |&goal| [start, goal]).collect::<Vec<_>>();
        let tasks = starts.iter().flat_map(task).collect();
        let layout = Self { rows, cell: 4.0, origin: [-4.0, -4.0], tasks, fences: Vec::new(), teleporters: None };
        layout.check(name)?;
        Ok(layout)
    }

    /// Whether worlds can be made of the maze: rows of one length made of `#` and `.`, a closed border, a free cell, a way
    /// for every task, and numbers that are sane. Everything else of this module takes that for granted.
    ///
    /// # Errors
    /// [`EnvsError::Maze`] says what is wrong, with rows and columns counted from 0 as in [`Cell`].
    pub fn check(&self, name: &str) -> Result<(), EnvsError> {
        let fault = self.shape_fault().or_else(|| self.way_fault());
        fault.map_or(Ok(()), |reason| Err(EnvsError::Maze { name: name.to_owned(), reason }))
    }

    /// Whether the grid is sound, whatever the tasks.
    #[cfg(test)]
    pub(super) fn check_grid(&self, name: &str) -> Result<(), EnvsError> {
        self.shape_fault().map_or(Ok(()), |reason| Err(EnvsError::Maze { name: name.to_owned(), reason }))
    }

    fn shape_fault(&self) -> Option<String> {
        let (rows, columns) = self.shape();
        if rows == 0 || columns == 0 {
            return Some("it has no rows".to_owned());
        }
        if let Some(i) = self.rows.iter().position(|row| row.len() != columns) {
            return Some(format!("row {i} has {} cells, expected {columns} as row 0 has", self.rows[i].len()));
        }
        if let Some(i) = self.rows.iter().position(|row| row.bytes().any(|letter| letter != b'#' && letter != b'.')) {
            return Some(format!("row {i} is `{}`, expected only `#` and `.`", self.rows[i]));
        }
        let on_border = |&(i, j): &Cell| i == 0 || j == 0 || i + 1 == rows || j + 1 == columns;
        if let Some(cell) = self.cells().find(|&cell| on_border(&cell) && self.is_free(cell)) {
            return Some(format!("cell {cell:?} on the border is free, expected wall all around"));
        }
        if self.cells().all(|cell| !self.is_free(cell)) {
            return Some("it has no free cell".to_owned());
        }
        let sane = self.cell.is_finite() && self.cell > 0.0 && self.origin.iter().all(|value| value.is_finite());
        (!sane).then(|| {
            format!("cells of {} m at {:?}, expected a positive edge and finite numbers", self.cell, self.origin)
        })
    }

    fn way_fault(&self) -> Option<String> {
        for (k, &[start, goal]) in self.tasks.iter().enumerate() {
            for (what, cell) in [("start", start), ("goal", goal)] {
                if !self.is_free(cell) {
                    return Some(format!("the {what} {cell:?} of task {k} is not a free cell"));
                }
            }
            if self.steps(start, goal).is_none() {
                return Some(format!("there is no way from the start {start:?} to the goal {goal:?}"));
            }
        }
        let apart = |a: usize, b: usize| a.abs_diff(b);
        let beside = |a: Cell, b: Cell| apart(a.0, b.0) + apart(a.1, b.1) == 1;
        if let Some([a, b]) = self.fences.iter().find(|[a, b]| !beside(*a, *b)) {
            return Some(format!("a fence between {a:?} and {b:?}, expected neighbours"));
        }
        let teleporters = self.teleporters.as_ref()?;
        let walled = |cells: &[Cell]| cells.is_empty() || cells.iter().any(|&cell| !self.is_free(cell));
        let lame = teleporters.radius.is_nan() || teleporters.radius <= 0.0;
        (lame || walled(&teleporters.inbound) || walled(&teleporters.outbound))
            .then(|| format!("{teleporters:?}, expected a positive radius and free cells both in and out"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        Layout::parse("my.txt", text).expect_err("unsound").to_string()
    }

    #[test]
    fn text_becomes_a_maze_with_a_task_for_every_start_and_goal() {
        let maze = Layout::parse("mine", "\n######  \n#S.#G#\n#.S.G#\n######\n\n").expect("sound");
        assert_eq!(maze.rows, ["######", "#..#.#", "#....#", "######"]);
        assert_eq!(maze.tasks, [[(1, 1), (1, 4)], [(1, 1), (2, 4)], [(2, 2), (1, 4)], [(2, 2), (2, 4)]]);
        assert_eq!(maze.centre((1, 1)), [0.0, 0.0]);
        assert_eq!(Layout::parse("mine", "###\n#.#\n###").expect("sound").tasks, [] as [[Cell; 2]; 0]);
    }

    #[test]
    fn what_is_wrong_with_text_is_named_with_its_place() {
        assert!(fault("").contains("maze `my.txt`: it has no rows"), "{}", fault(""));
        assert!(fault("####\n#.#\n####").contains("row 1 has 3 cells, expected 4"));
        assert!(fault("\n\n###\n#x#\n###").contains("`x` in line 4, column 2"));
        assert!(fault("####\n#..#\n#.##").contains("cell (2, 1) on the border is free"));
        assert!(fault("###\n###\n###").contains("no free cell"));
        assert!(fault("#####\n#S#G#\n#####").contains("no way from the start (1, 1) to the goal (1, 3)"));
        assert!(fault("#####\n#Sä.#\n#####").contains("`ä`"));
    }

    #[test]
    fn what_is_wrong_with_a_layout_is_named() {
        let sound = Layout::teleport();
        let fault = |layout: Layout| layout.check("m").expect_err("unsound").to_string();
        assert!(fault(Layout { cell: 0.0, ..sound.clone() }).contains("cells of 0 m"));
        assert!(fault(Layout { tasks: vec![[(0, 0), (1, 1)]], ..sound.clone() }).contains("start (0, 0) of task 0"));
        assert!(fault(Layout { fences: vec![[(1, 1), (1, 3)]], ..sound.clone() }).contains("expected neighbours"));
        let mut teleporters = sound.teleporters.clone().expect("teleporters");
        teleporters.outbound.clear();
        assert!(fault(Layout { teleporters: Some(teleporters), ..sound }).contains("both in and out"));
    }
}
