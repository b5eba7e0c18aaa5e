package io.millrace.learner.membership;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who was heard lately. One's own heartbeats, as they come back through the log, are the clock: the
 * silence of another means something only while the log carries one's own. Times are those of
 * {@link System#nanoTime()} at hearing, so that no two clocks are compared.
 */
final class Roster {
  private record Heard(Heartbeat latest, long at, long seekingSince) {}

  private final String self;
  private final long silence;
  private final Map<String, Heard> heard = new HashMap<>();
  private long ownAt;
  private boolean heardOwn;

  Roster(String self, Duration silence) {
    this.self = self;
    this.silence = silence.toNanos();
  }

  void hear(Heartbeat beat, long now) {
    if (beat.member().equals(self)) {
      hearOwn(now);
    }
    Heard before = heard.get(beat.member());
    boolean seeks = beat.state() == Heartbeat.State.SEEKING;
    boolean sought = before != null && before.latest.state() == Heartbeat.State.SEEKING;
    heard.put(beat.member(), new Heard(beat, now, seeks && sought ? before.seekingSince : now));
  }

  /** After a gap, of the log or of this process, nobody's silence counts that fell into it. */
  private void hearOwn(long now) {
    if (heardOwn && now - ownAt > silence / 2) {
      heard.replaceAll((member, h) -> new Heard(h.latest, now, h.seekingSince));
    }
    heardOwn = true;
    ownAt = now;
  }

  /** Whether the log carries what this process sends. */
  boolean isHeard(long now) {
    return heardOwn && now - ownAt <= silence;
  }

  /** Whether a member was heard and is neither silent nor gone. */
  boolean isLive(String member) {
    Heard h = heard.get(member);
    return h != null && h.latest.state() != Heartbeat.State.GONE && ownAt - h.at <= silence;
  }

  /** Latest heartbeats of all that live, elders first. */
  List<Heartbeat> live() {
    heard.values().removeIf(h -> ownAt - h.at > 10 * silence);
    return heard.values().stream()
        .map(Heard::latest)
        .filter(beat -> isLive(beat.member()))
        .sorted(Heartbeat.ELDEST)
        .toList();
  }

  /** Whether a member has sought a group for so long. */
  boolean hasSought(String member, Duration time, long now) {
    Heard h = heard.get(member);
    return h != null
        && h.latest.state() == Heartbeat.State.SEEKING
        && now - h.seekingSince >= time.toNanos();
  }
}
