package io.millrace.learner.loop;

import io.millrace.learner.group.Collectives;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What every process of a group does in the next round; the same in all of them.
 *
 * <p>Each rank reports what its shards have ready, the leader besides what is due by its clock, and
 * all get all reports in one exchange ({@link #agree}). The plan is a function of these alone, so
 * nobody decides by its own clock or lag and no rank waits in a collective that another one skips.
 *
 * @param kind what is learned from
 * @param sizes fresh images by shard, 0 for a shard that has none and is filled from replay; all 0
 *     unless {@code kind} is FRESH
 * @param lag images behind, over all shards; negative where one does not know
 * @param monitor whether monitors are computed after it
 * @param checkpoint whether a checkpoint is saved after it
 * @param release whether a model is released after it
 * @param end whether the generation ends after it
 */
record UpdatePlan(
    Kind kind,
    List<Integer> sizes,
    long lag,
    boolean monitor,
    boolean checkpoint,
    boolean release,
    boolean end) {
  /** What an update learns from. */
  enum Kind {
    /** The next batch of the stream, of each shard that has one. */
    FRESH,
    /** Replay alone. */
    REPLAY,
    /** Nothing: no update is made. */
    IDLE
  }

  /**
   * What a rank says before a round.
   *
   * @param ready images of the next batch of each of its shards, in their order; −1 where nothing
   *     came, 0 for a batch of tombstones alone
   * @param lag images behind, over its shards; negative where it does not know
   * @param canReplay whether each of its shards has enough kept images
   * @param due what the leader's clock asks for; of other ranks it is not looked at
   */
  record Report(List<Integer> ready, long lag, boolean canReplay, Due due) {
    Report {
      ready = List.copyOf(ready);
    }
  }

  /**
   * What is due as the leader sees it.
   *
   * @param pending whether the latest batch's budget has updates left
   * @param replayWhileIdle {@link Idle#REPLAY}
   */
  record Due(
      boolean pending,
      boolean replayWhileIdle,
      boolean monitor,
      boolean checkpoint,
      boolean release,
      boolean end) {
    /** Of a follower. */
    static final Due NOTHING = new Due(false, false, false, false, false, false);
  }

  UpdatePlan {
    sizes = List.copyOf(sizes);
  }

  /** Images behind; empty where it is not known. */
  OptionalLong behind() {
    return lag < 0 ? OptionalLong.empty() : OptionalLong.of(lag);
  }

  /**
   * Exchanges the reports; every rank gets the same plan.
   *
   * @throws io.millrace.learner.group.BrokenGroupException where a rank does not come
   */
  static UpdatePlan agree(Collectives group, Report own) {
    return of(group.gather(write(own)).stream().map(UpdatePlan::read).toList());
  }

  /** The plan that follows from the reports by rank. */
  static UpdatePlan of(List<Report> reports) {
    Due due = reports.get(0).due();
    boolean canReplay = reports.stream().allMatch(Report::canReplay);
    List<Integer> ready = reports.stream().flatMap(r -> r.ready().stream()).toList();
    boolean fresh = ready.stream().anyMatch(n -> n >= 0);
    long lag = 0;
    for (Report report : reports) {
      lag = lag < 0 || report.lag() < 0 ? -1 : lag + report.lag();
    }
    Kind kind;
    if (due.pending() && canReplay) {
      kind = Kind.REPLAY;
    } else if (fresh && !due.end()) {
      kind = Kind.FRESH;
    } else {
      kind = due.replayWhileIdle() && canReplay && !due.end() ? Kind.REPLAY : Kind.IDLE;
    }
    List<Integer> sizes =
        ready.stream().map(n -> kind == Kind.FRESH ? Math.max(0, n) : Integer.valueOf(0)).toList();
    return new UpdatePlan(
        kind, sizes, lag, due.monitor(), due.checkpoint(), due.release(), due.end());
  }

  static byte[] write(Report report) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeInt(report.ready().size());
      for (int n : report.ready()) {
        out.writeInt(n);
      }
      out.writeLong(report.lag());
      out.writeBoolean(report.canReplay());
      Due due = report.due();
      for (boolean flag :
          new boolean[] {
            due.pending(),
            due.replayWhileIdle(),
            due.monitor(),
            due.checkpoint(),
            due.release(),
            due.end()
          }) {
        out.writeBoolean(flag);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // in memory
    }
    return bytes.toByteArray();
  }

  static Report read(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int shards = in.readInt();
      var ready = new ArrayList<Integer>();
      for (int i = 0; i < shards; i++) {
        ready.add(in.readInt());
      }
      return new Report(
          ready,
          in.readLong(),
          in.readBoolean(),
          new Due(
              in.readBoolean(),
              in.readBoolean(),
              in.readBoolean(),
              in.readBoolean(),
              in.readBoolean(),
              in.readBoolean()));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "a report of " + bytes.length + " bytes: expected more", e);
    }
  }
}
