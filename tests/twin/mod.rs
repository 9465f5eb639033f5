//! A second engine, written from METHOD §5 to §7 alone: slow, plain, and without a thought for speed.
//!
//! Nothing is kept between rows: levels, averages and marked equity are found again from the beginning wherever they
//! are needed. It shares only types with the product.

use cleansweep::domain::Origin;
use cleansweep::domain::{ExitReason, Rejection, Side, Trade};
use cleansweep::engine::{EngineParams, Gate, Intent, Outcome, Path, Series, SignalOutcome};
use cleansweep::strategy::sweep::SweepParams;
use cleansweep::strategy::sweep::levels::Level;
use cleansweep::strategy::sweep::rule::Condition;
use cleansweep::strategy::{self, Params};

const DAY_MS: i64 = 86_400_000;

/// Signals, trades and equity as the twin finds them.
pub struct Result {
    pub signals: Vec<SignalOutcome>,
    pub trades: Vec<Trade>,
    pub end_equity: f64,
}

/// Rows and signals that reach each stage, and rows on which each condition holds alone.
pub struct Counts {
    pub stages: [usize; 10],
    pub alone: [usize; 8],
}

/// The engine's rules over the usable rows of one file.
pub struct Twin<'a> {
    s: &'a Series,
    p: &'a EngineParams,
    o: SweepParams,
    without: Option<Condition>,
    without_gate: Option<Gate>,
    /// Pivots of each side, found by looking at every row.
    pivots: [Vec<usize>; 2],
}

impl<'a> Twin<'a> {
    pub fn new(
        series: &'a Series,
        params: &'a Params,
        without: Option<strategy::Condition>,
    ) -> Self {
        let (own, gate) = match without {
            Some(strategy::Condition::Own(at)) => (Condition::at(usize::from(at)), None),
            Some(strategy::Condition::Engine(gate)) => (None, Some(gate)),
            None => (None, None),
        };
        let mut twin = Self {
            s: series,
            p: &params.engine,
            o: params.into(),
            without: own,
            without_gate: gate,
            pivots: [Vec::new(), Vec::new()],
        };
        for side in Side::BOTH {
            twin.pivots[side.index()] =
                (0..series.len()).filter(|&j| twin.is_pivot(side, j)).collect();
        }
        twin
    }

    fn drops(&self, condition: Condition) -> bool {
        self.without == Some(condition)
    }

    fn drops_gate(&self, gate: Gate) -> bool {
        self.without_gate == Some(gate)
    }

    fn segment(&self, i: usize) -> usize {
        self.s.segment_start[i] as usize
    }

    fn clock(&self, i: usize) -> i64 {
        i64::from(self.s.clock_row[i])
    }

    // §5 Indicators.

    fn true_range(&self, i: usize) -> f64 {
        let range = self.s.high[i] - self.s.low[i];
        if i == self.segment(i) {
            return range;
        }
        let previous = self.s.close[i - 1];
        range.max((self.s.high[i] - previous).abs()).max((self.s.low[i] - previous).abs())
    }

    /// Wilder's average true range at a row; none during the warm-up.
    pub fn atr(&self, i: usize) -> Option<f64> {
        let period = self.p.atr_period as usize;
        let first = self.segment(i);
        if i + 1 < first + period {
            return None;
        }
        let mut total = 0.0;
        for row in first..first + period {
            total += self.true_range(row);
        }
        let mut atr = total / period as f64;
        for row in first + period..=i {
            atr = (atr * (period as f64 - 1.0) + self.true_range(row)) / period as f64;
        }
        Some(atr)
    }

    fn mean_volume(&self, i: usize) -> Option<f64> {
        let period = self.o.volume_ma_period as usize;
        if i < self.segment(i) + period {
            return None;
        }
        let mut total = 0.0;
        for row in i - period..i {
            total += self.s.volume[row];
        }
        Some(total / period as f64)
    }

    // §6 Levels.

    fn extreme(&self, side: Side, i: usize) -> f64 {
        match side {
            Side::Long => self.s.low[i],
            Side::Short => self.s.high[i],
        }
    }

    fn is_pivot(&self, side: Side, j: usize) -> bool {
        let k = self.o.pivot_bars as usize;
        if j < self.segment(j) + k || j + k >= self.s.len() {
            return false;
        }
        if self.segment(j + k) != self.segment(j) {
            return false;
        }
        let here = self.extreme(side, j);
        let before = (j - k..j).all(|i| match side {
            Side::Long => here < self.extreme(side, i),
            Side::Short => here > self.extreme(side, i),
        });
        let after = (j + 1..=j + k).all(|i| match side {
            Side::Long => here <= self.extreme(side, i),
            Side::Short => here >= self.extreme(side, i),
        });
        before && after
    }

    /// Whether a pivot is dead at row `s`: some earlier close after it lies beyond it.
    fn is_dead(&self, side: Side, j: usize, s: usize) -> bool {
        let price = self.extreme(side, j);
        (j + 1..s).any(|i| match side {
            Side::Long => self.s.close[i] < price * (1.0 - self.o.level_tolerance),
            Side::Short => self.s.close[i] > price * (1.0 + self.o.level_tolerance),
        })
    }

    fn active(&self, side: Side, s: usize) -> Vec<usize> {
        self.pivots[side.index()]
            .iter()
            .copied()
            .filter(|&j| j < s && self.segment(j) == self.segment(s))
            .filter(|&j| j + (self.o.pivot_bars as usize) < s)
            .filter(|&j| self.clock(j) >= self.clock(s) - i64::from(self.o.key_level_lookback))
            .filter(|&j| !self.o.levels_die || !self.is_dead(side, j, s))
            .collect()
    }

    /// Every level that can be seen at row `s`, by anchor row.
    fn levels(&self, side: Side, s: usize) -> Vec<Level> {
        let need = if self.drops(Condition::Level) { 1 } else { self.o.min_level_touches };
        let active = self.active(side, s);
        let mut levels = Vec::new();
        for &anchor in &active {
            let price = self.extreme(side, anchor);
            let touching: Vec<f64> = active
                .iter()
                .map(|&q| self.extreme(side, q))
                .filter(|other| (other - price).abs() <= self.o.level_tolerance * price)
                .collect();
            if touching.len() as u32 >= need {
                let mut total = 0.0;
                for other in &touching {
                    total += other;
                }
                levels.push(Level {
                    price: total / touching.len() as f64,
                    touches: touching.len() as u32,
                    anchor: anchor as u32,
                });
            }
        }
        levels
    }

    // §6 The sweep.

    fn closes_beyond(&self, side: Side, i: usize, level: f64) -> bool {
        match side {
            Side::Long => self.s.close[i] > level,
            Side::Short => self.s.close[i] < level,
        }
    }

    fn pierces(&self, side: Side, i: usize, level: f64) -> bool {
        match side {
            Side::Long => self.s.low[i] <= level * (1.0 - self.o.pierce_depth),
            Side::Short => self.s.high[i] >= level * (1.0 + self.o.pierce_depth),
        }
    }

    fn has_volume_spike(&self, i: usize) -> bool {
        if !self.s.has_volume {
            return true;
        }
        self.mean_volume(i).is_some_and(|mean| {
            mean > 0.0 && self.s.volume[i] > self.o.volume_spike_threshold * mean
        })
    }

    fn is_directional(&self, side: Side, i: usize) -> bool {
        match side {
            Side::Long => self.s.close[i] > self.s.open[i],
            Side::Short => self.s.close[i] < self.s.open[i],
        }
    }

    /// Whether rows `first..=last` exist in one segment.
    fn together(&self, first: usize, last: usize) -> bool {
        last < self.s.len() && self.segment(first) == self.segment(last)
    }

    fn is_pattern(&self, side: Side, first: usize, last: usize) -> bool {
        self.together(first, last)
            && (self.drops(Condition::ReversalPattern)
                || (first..=last).all(|i| self.is_directional(side, i)))
    }

    fn passes_previous_close(&self, side: Side, s: usize, level: &Level) -> bool {
        self.drops(Condition::PrevCloseBeyond)
            || s > self.segment(s) && self.closes_beyond(side, s - 1, level.price)
    }

    fn passes_pierced(&self, side: Side, s: usize, level: &Level) -> bool {
        self.drops(Condition::Pierced) || self.pierces(side, s, level.price)
    }

    fn passes_volume(&self, s: usize) -> bool {
        self.drops(Condition::Volume) || self.has_volume_spike(s)
    }

    /// The level that row `s` sweeps: most touches, then the newest anchor.
    fn swept(&self, side: Side, s: usize) -> Option<Level> {
        if !self.passes_volume(s) {
            return None;
        }
        self.levels(side, s)
            .into_iter()
            .filter(|level| self.passes_previous_close(side, s, level))
            .filter(|level| self.passes_pierced(side, s, level))
            .max_by_key(|level| (level.touches, level.anchor))
    }

    /// First and last rows of the two places where the reversal may be.
    fn reversals(&self, s: usize) -> [(usize, usize); 2] {
        let r = self.o.reversal_candles as usize;
        [(s, s + r - 1), (s + 1, s + r)]
    }

    /// The row at whose close the sweep of `level` at `s` becomes a signal.
    fn signal_row(&self, side: Side, s: usize, level: &Level) -> Option<usize> {
        for (first, last) in self.reversals(s) {
            if self.together(s, last)
                && self.is_pattern(side, first, last)
                && (self.drops(Condition::Reclaimed) || self.closes_beyond(side, last, level.price))
            {
                return Some(last);
            }
        }
        None
    }

    fn side_signals(&self, side: Side) -> Vec<Intent> {
        let mut signals: Vec<Intent> = Vec::new();
        for s in 0..self.s.len() {
            let Some(level) = self.swept(side, s) else { continue };
            let Some(at) = self.signal_row(side, s, &level) else { continue };
            let (sweep, at) = (s as u32, at as u32);
            let touches = f64::from(level.touches);
            let origin = Origin([level.price, touches, f64::from(level.anchor), f64::from(sweep)]);
            let new = Intent { side, at, from: sweep, exits: 0, origin };
            match signals.iter_mut().find(|old| old.at == new.at) {
                None => signals.push(new),
                // Most touches, then the latest sweep; sweeps come in row order here.
                Some(old) if new.origin.0[1] >= old.origin.0[1] => *old = new,
                Some(_) => {}
            }
        }
        signals
    }

    fn is_valid(&self, t: usize) -> bool {
        self.s.sound[t]
            && self.s.high[t] > self.s.low[t]
            && self.atr(t).is_some_and(|atr| atr > 0.0001 * self.s.close[t])
    }

    fn is_not_quiet(&self, t: usize) -> bool {
        self.atr(t).is_some_and(|atr| atr >= self.p.min_atr_frac * self.s.close[t])
    }

    // §7 The engine.

    /// Runs the strategy over the entries from clock row `first_row` on.
    pub fn run(&self, first_row: u32, path: Path) -> Result {
        let mut result =
            Result { signals: Vec::new(), trades: Vec::new(), end_equity: self.p.starting_equity };
        let mut all = Vec::new();
        for side in Side::BOTH {
            if self.p.sides.allows(side) {
                all.extend(self.side_signals(side));
            }
        }
        all.sort_by_key(|signal| (signal.at, signal.side));
        for signal in all {
            if !self.in_window(signal.at as usize, first_row) {
                continue;
            }
            let outcome = match self.trade(&signal, first_row, path, &result) {
                Ok(trade) => {
                    result.end_equity = trade.equity_before + trade.net;
                    result.trades.push(trade);
                    Outcome::Trade(result.trades.len() as u32 - 1)
                }
                Err(reason) => Outcome::Rejected(reason),
            };
            result.signals.push(SignalOutcome { signal, outcome });
        }
        result
    }

    /// The next tradable row lies in the window.
    fn in_window(&self, t: usize, first_row: u32) -> bool {
        match self.s.clock_row.get(t + 1) {
            Some(&next) => next >= first_row,
            None => true,
        }
    }

    fn trade(
        &self,
        signal: &Intent,
        first_row: u32,
        path: Path,
        so_far: &Result,
    ) -> std::result::Result<Trade, Rejection> {
        let (p, s) = (self.p, self.s);
        let (side, t) = (signal.side, signal.at as usize);
        if !self.drops_gate(Gate::Valid) && !self.is_valid(t) {
            return Err(Rejection::InvalidCandle);
        }
        if !self.drops_gate(Gate::NotQuiet) && !self.is_not_quiet(t) {
            return Err(Rejection::TooQuiet);
        }
        if !self.drops_gate(Gate::Spike) && s.spike[signal.from as usize] && signal.at > signal.from
        {
            return Err(Rejection::Spike);
        }
        if let Some(last) = so_far.trades.last() {
            // Before the exit row, or at the very row whose order is pending.
            if s.clock_row[t] < last.exit_row || s.clock_row[t] == last.signal_row {
                return Err(Rejection::PositionOpen);
            }
        }
        let entry = t + 1;
        if !self.together(t, entry) {
            return Err(Rejection::Expired);
        }
        let delay = self.clock(entry) - self.clock(t);
        if !self.drops_gate(Gate::Expired) && delay > i64::from(p.max_entry_delay) {
            return Err(Rejection::Expired);
        }
        let equity = so_far.end_equity;
        if equity <= 0.0 {
            return Err(Rejection::NoEquity);
        }
        if self.portfolio_stops(t, first_row, so_far) {
            return Err(Rejection::PortfolioStop);
        }
        let up = side.sign();
        let fill = |price: f64, buys: bool| {
            if buys { price * (1.0 + p.slippage) } else { price * (1.0 - p.slippage) }
        };
        let entry_raw_price = s.open[entry];
        let entry_price = fill(entry_raw_price, side == Side::Long);
        let stop_distance = p.atr_multiplier_sl * self.atr(t).unwrap_or(0.0);
        if !self.drops_gate(Gate::StopTooTight)
            && (stop_distance / entry_price < p.min_stop_frac || stop_distance == 0.0)
        {
            return Err(Rejection::StopTooTight);
        }
        let stop_price = entry_price - up * stop_distance;
        let target_price =
            p.risk_reward_ratio.map(|ratio| entry_price + up * (ratio * stop_distance));

        let mut quantity = equity * p.risk_per_trade / stop_distance;
        let mut capped = false;
        if let Some(most) = p.max_leverage
            && quantity * entry_price > most * equity
        {
            quantity = most * equity / entry_price;
            capped = true;
        }

        let exit = self.exit(side, entry, stop_price, target_price, path);
        let exit_raw_price = exit.price;
        let exit_price = fill(exit_raw_price, side == Side::Short);

        let notional = quantity * entry_price;
        let gross = up * (exit_raw_price - entry_raw_price) * quantity;
        let fees = p.fee * notional + p.fee * (quantity * exit_price);
        let slippage_cost = up * (entry_price - entry_raw_price) * quantity
            + up * (exit_raw_price - exit_price) * quantity;

        let (mut worst, mut best) = (0.0_f64, 0.0_f64);
        let mut visit = |adverse: f64, favourable: f64| {
            worst = worst.max(up * (entry_price - adverse) / stop_distance);
            best = best.max(up * (favourable - entry_price) / stop_distance);
        };
        for row in entry..=exit.row {
            if row == exit.row {
                // On a broken row the close may lie outside high and low: where the trade left also counts.
                visit(exit.price, exit.price);
            }
            if row < exit.row || exit.at_close {
                match side {
                    Side::Long => visit(s.low[row], s.high[row]),
                    Side::Short => visit(s.high[row], s.low[row]),
                }
            }
        }

        Ok(Trade {
            side,
            origin: signal.origin,
            from_row: s.clock_row[signal.from as usize],
            signal_row: s.clock_row[t],
            entry_row: s.clock_row[entry],
            exit_row: s.clock_row[exit.row],
            exit_signal_row: None,
            entry_raw_price,
            entry_price,
            stop_price,
            target_price,
            exit_raw_price,
            exit_price,
            stop_distance,
            quantity,
            notional,
            equity_before: equity,
            risk: quantity * stop_distance,
            gross,
            fees,
            slippage_cost,
            net: gross - slippage_cost - fees,
            mae_r: worst,
            mfe_r: best,
            exit_reason: exit.reason,
            ambiguous: exit.ambiguous,
            capped,
            exit_in_spike: s.spike[exit.row],
        })
    }

    fn exit(&self, side: Side, entry: usize, stop: f64, target: Option<f64>, path: Path) -> Exit {
        let s = self.s;
        let last_row = self.p.max_holding_periods.map(|rows| self.clock(entry) + i64::from(rows));
        let beyond_stop = |price: f64| match side {
            Side::Long => price <= stop,
            Side::Short => price >= stop,
        };
        let beyond_target = |price: f64| {
            target.is_some_and(|target| match side {
                Side::Long => price >= target,
                Side::Short => price <= target,
            })
        };
        for row in entry..s.len() {
            let at = |price: f64, reason: ExitReason| Exit {
                row,
                price,
                reason,
                ambiguous: false,
                at_close: false,
            };
            let (worst, best) = match side {
                Side::Long => (s.low[row], s.high[row]),
                Side::Short => (s.high[row], s.low[row]),
            };
            if beyond_stop(s.open[row]) {
                return at(s.open[row], ExitReason::Stop);
            }
            if beyond_target(s.open[row]) {
                return at(s.open[row], ExitReason::Target);
            }
            if last_row.is_some_and(|last| self.clock(row) > last) {
                return at(s.open[row], ExitReason::Time);
            }
            if beyond_stop(worst) && beyond_target(best) {
                let (price, reason) = match path {
                    Path::Pessimistic => (stop, ExitReason::Stop),
                    Path::Optimistic => (target.unwrap(), ExitReason::Target),
                };
                return Exit { ambiguous: true, ..at(price, reason) };
            }
            if beyond_stop(worst) {
                return at(stop, ExitReason::Stop);
            }
            if beyond_target(best) {
                return at(target.unwrap(), ExitReason::Target);
            }
            if last_row == Some(self.clock(row)) {
                return Exit { at_close: true, ..at(s.close[row], ExitReason::Time) };
            }
        }
        Exit {
            row: s.len() - 1,
            price: s.close[s.len() - 1],
            reason: ExitReason::EndOfData,
            ambiguous: false,
            at_close: true,
        }
    }

    fn portfolio_stops(&self, t: usize, first_row: u32, so_far: &Result) -> bool {
        let equity = so_far.end_equity;
        if let Some(limit) = self.p.daily_loss_limit {
            let row = self.s.clock_row[t] as usize;
            let midnight = self.s.clock_time_ms[row].div_euclid(DAY_MS) * DAY_MS;
            let before = (first_row as usize..row)
                .rev()
                .find(|&earlier| self.s.clock_time_ms[earlier] < midnight);
            let at_start = before.map_or(self.p.starting_equity, |earlier| {
                self.equity_at(earlier as u32, &so_far.trades)
            });
            if equity <= (1.0 - limit) * at_start {
                return true;
            }
        }
        if let Some(limit) = self.p.drawdown_stop {
            let mut highest = self.p.starting_equity;
            for trade in &so_far.trades {
                highest = highest.max(trade.equity_before + trade.net);
            }
            if equity <= (1.0 - limit) * highest {
                return true;
            }
        }
        false
    }

    /// Marked equity at the close of a clock row.
    fn equity_at(&self, row: u32, trades: &[Trade]) -> f64 {
        let mut equity = self.p.starting_equity;
        for trade in trades {
            if row >= trade.exit_row {
                equity = trade.equity_before + trade.net;
            } else if row >= trade.entry_row {
                let usable = (0..self.s.len()).rev().find(|&i| self.s.clock_row[i] <= row);
                let close = usable.map_or(trade.entry_price, |i| self.s.close[i]);
                equity = trade.equity_before - self.p.fee * trade.notional
                    + trade.side.sign() * (close - trade.entry_price) * trade.quantity;
            }
        }
        equity
    }

    /// Marked equity at the close of every clock row of the window.
    pub fn equity(&self, first_row: u32, trades: &[Trade]) -> Vec<f64> {
        (first_row..self.s.clock_len() as u32).map(|row| self.equity_at(row, trades)).collect()
    }

    // §7.8 The funnel.

    /// Rows and signals of one side in the window that reach each stage, and rows where each condition holds alone.
    pub fn counts(&self, side: Side, first_row: u32) -> Counts {
        let mut counts = Counts { stages: [0; 10], alone: [0; 8] };
        let r = self.o.reversal_candles as usize;
        for s in (0..self.s.len()).filter(|&s| self.s.clock_row[s] >= first_row) {
            let levels = self.levels(side, s);
            let before: Vec<_> =
                levels.iter().filter(|level| self.passes_previous_close(side, s, level)).collect();
            let pierced: Vec<_> =
                before.iter().filter(|level| self.passes_pierced(side, s, level)).collect();
            let swept = self.swept(side, s);
            let pattern = swept.is_some()
                && self.reversals(s).iter().any(|&(first, last)| {
                    self.together(s, last) && self.is_pattern(side, first, last)
                });
            let reclaimed = swept.is_some_and(|level| self.signal_row(side, s, &level).is_some());
            let reached = [
                !self.active(side, s).is_empty(),
                !levels.is_empty(),
                !before.is_empty(),
                !pierced.is_empty(),
                swept.is_some(),
                pattern,
                reclaimed,
            ];
            for (count, holds) in counts.stages.iter_mut().zip(reached) {
                *count += usize::from(holds);
            }
            let alone = [
                !levels.is_empty(),
                !before.is_empty(),
                levels.iter().any(|level| self.pierces(side, s, level.price)),
                self.has_volume_spike(s),
                s + 1 >= self.segment(s) + r && self.is_pattern(side, s + 1 - r, s),
                levels.iter().any(|level| self.closes_beyond(side, s, level.price)),
                self.is_valid(s),
                self.is_not_quiet(s),
            ];
            for (count, holds) in counts.alone.iter_mut().zip(alone) {
                *count += usize::from(holds);
            }
        }
        for signal in self.side_signals(side) {
            let t = signal.at as usize;
            if self.in_window(t, first_row) {
                counts.stages[7] += 1;
                counts.stages[8] += usize::from(self.is_valid(t));
                counts.stages[9] += usize::from(self.is_valid(t) && self.is_not_quiet(t));
            }
        }
        counts
    }
}

struct Exit {
    row: usize,
    price: f64,
    reason: ExitReason,
    ambiguous: bool,
    at_close: bool,
}
