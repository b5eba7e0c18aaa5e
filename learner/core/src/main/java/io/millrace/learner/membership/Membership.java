package io.millrace.learner.membership;

import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One process's view of who learns together, as a state machine without clock, thread or log.
 *
 * <pre>
 *            nobody leads, it is the eldest             enough are there
 *  SEEKING ────────────────────────────────▶ FORMING ────────────────────▶ WORKING
 *   ▲ │ ▲            (takes the lease)          │     (puts them on record)   │
 *   │ │ └───────────────────────────────────────┘                             │
 *   │ │        another took the lease                                         │
 *   │ └── the record names it ────────────────────────────────────▶ WORKING   │
 *   └──────── broke, regrouped, or the record has a later epoch ◀─────────────┘
 * </pre>
 *
 * <p>Nothing here is a fence. Two processes may both think that they lead: each takes the lease,
 * the later one has it, and the earlier finds a higher epoch on record and seeks again. What keeps
 * checkpoints whole is the lease alone.
 */
final class Membership {
  /** Where the process is. */
  enum Phase {
    SEEKING,
    FORMING,
    WORKING
  }

  private final GroupSettings settings;
  private final Heartbeat self;
  private final Roster roster;
  private Phase phase = Phase.SEEKING;
  private long since;
  private Lineage lease = new Lineage(0, List.of());
  private long epoch; // of the lease held, or of the generation worked in
  private boolean led;
  private @Nullable Generation generation;

  /**
   * @param self what it says of itself at first
   * @param now nanoseconds
   */
  Membership(GroupSettings settings, Heartbeat self, long now) {
    this.settings = settings;
    this.self = self;
    this.roster = new Roster(self.member(), settings.silence());
    this.since = now;
  }

  /** A heartbeat came through the log, perhaps one's own. */
  void heard(Heartbeat beat, long now) {
    if (beat.model().equals(self.model())) {
      boolean first = beat.member().equals(self.member()) && !roster.isHeard(now);
      roster.hear(beat, now);
      if (first && phase == Phase.SEEKING) {
        since = now; // quiet is counted from where the log carries
      }
    }
  }

  /** The lease's record, as committed. */
  void recorded(Lineage now) {
    if (now.epoch() >= lease.epoch()) {
      lease = now;
    }
  }

  /** It took the lease. */
  void leased(Lineage held, long now) {
    recorded(held);
    epoch = held.epoch();
    led = true;
    enter(Phase.FORMING, now);
  }

  /** It works in a generation from now on. */
  void works(Generation in, long now) {
    generation = in;
    epoch = in.epoch();
    led = in.leader().equals(self.member());
    enter(Phase.WORKING, now);
  }

  /** The generation it worked in has ended, whole or broken. Who led it goes on leading. */
  void ended(long now) {
    generation = null;
    enter(Phase.SEEKING, now);
  }

  private void enter(Phase next, long now) {
    phase = next;
    since = now;
  }

  /** What to do as things are. */
  MembershipStep next(long now) {
    return switch (phase) {
      case SEEKING -> seek(now);
      case FORMING -> form(now);
      case WORKING -> work(now);
    };
  }

  private MembershipStep seek(long now) {
    Optional<Generation> formed = lease.inForce().filter(g -> g.epoch() > epoch);
    if (formed.isPresent()) {
      OptionalInt rank = formed.get().rank(self.member());
      if (rank.isPresent()) {
        return new MembershipStep.Join(formed.get(), rank.getAsInt());
      }
    }
    if (!roster.isHeard(now)) {
      return new MembershipStep.Wait("the log does not carry heartbeats");
    }
    if (lease.epoch() > epoch) {
      led = false; // somebody took over since
    }
    Optional<Heartbeat> leader =
        others().filter(b -> b.leads() && b.epoch() >= lease.epoch()).findFirst();
    if (leader.isPresent()) {
      return new MembershipStep.Wait("waits for " + leader.get().member() + ", who leads");
    }
    if (!led && now - since < settings.silence().plus(settings.heartbeat()).toNanos()) {
      return new MembershipStep.Wait("listens for others");
    }
    List<Heartbeat> candidates = candidates();
    if (candidates.size() < settings.minSize()) {
      return new MembershipStep.Wait(
          candidates.size() + " of at least " + settings.minSize() + " are there");
    }
    Heartbeat eldest = candidates.get(0);
    return led || eldest.member().equals(self.member())
        ? new MembershipStep.TakeLease()
        : new MembershipStep.Wait("waits for " + eldest.member() + " to lead");
  }

  private MembershipStep form(long now) {
    if (lease.epoch() > epoch) {
      led = false;
      enter(Phase.SEEKING, now);
      return new MembershipStep.Abandon("another took the lease, under epoch " + lease.epoch());
    }
    List<Heartbeat> candidates = candidates();
    var members = new ArrayList<String>(List.of(self.member()));
    candidates.stream()
        .map(Heartbeat::member)
        .filter(member -> !member.equals(self.member()))
        .limit(settings.maxSize() - 1L)
        .forEach(members::add);
    long waited = now - since;
    if (members.size() < settings.minSize()) {
      return new MembershipStep.Wait(
          members.size() + " of at least " + settings.minSize() + " are there");
    }
    boolean more = others().anyMatch(b -> b.state() == Heartbeat.State.WORKING && b.fits(self));
    boolean patient = waited < settings.collective().toNanos();
    if (members.size() < settings.maxSize()
        && (waited < settings.settle().toNanos() || (more && patient))) {
      return new MembershipStep.Wait("waits for more");
    }
    return new MembershipStep.Form(List.copyOf(members));
  }

  private MembershipStep work(long now) {
    Generation in = generation;
    if (in == null) {
      throw new IllegalStateException("works in no generation");
    }
    if (lease.epoch() > epoch) {
      return new MembershipStep.Abandon("the lease is at epoch " + lease.epoch());
    }
    if (!roster.isHeard(now)) {
      return new MembershipStep.Wait("works");
    }
    if (!led) {
      return isLost(in.leader(), now)
          ? new MembershipStep.Abandon(in.leader() + ", who leads, is gone")
          : new MembershipStep.Wait("works");
    }
    for (String member : in.members()) {
      if (!member.equals(self.member()) && isLost(member, now)) {
        return new MembershipStep.Regroup(member + " is gone");
      }
    }
    Optional<Heartbeat> leaving =
        roster.live().stream()
            .filter(b -> b.state() == Heartbeat.State.LEAVING && in.rank(b.member()).isPresent())
            .findFirst();
    if (leaving.isPresent()) {
      return new MembershipStep.Regroup(leaving.get().member() + " leaves");
    }
    if (in.members().size() < settings.maxSize()) {
      Optional<Heartbeat> newcomer =
          others()
              .filter(b -> b.fits(self) && in.rank(b.member()).isEmpty())
              .filter(b -> roster.hasSought(b.member(), settings.settle(), now))
              .findFirst();
      if (newcomer.isPresent()) {
        return new MembershipStep.Regroup(newcomer.get().member() + " joins");
      }
    }
    return new MembershipStep.Wait("works");
  }

  /** A member that was never heard since the group formed has as long as a silent one. */
  private boolean isLost(String member, long now) {
    return !roster.isLive(member) && now - since > settings.silence().toNanos();
  }

  private Stream<Heartbeat> others() {
    return roster.live().stream().filter(beat -> !beat.member().equals(self.member()));
  }

  /** Who may be in the next group, elders first, this one among them. */
  private List<Heartbeat> candidates() {
    return Stream.concat(
            Stream.of(self),
            others().filter(b -> b.state() == Heartbeat.State.SEEKING && b.fits(self)))
        .sorted(Heartbeat.ELDEST)
        .toList();
  }

  /** Live members of the model, elders first. */
  List<Heartbeat> live() {
    return roster.live();
  }

  /** Live members that seek and can't learn with this one. */
  List<Heartbeat> misfits() {
    return others().filter(beat -> !beat.fits(self)).toList();
  }

  Phase phase() {
    return phase;
  }

  Lineage lease() {
    return lease;
  }

  @Nullable Generation generation() {
    return generation;
  }

  /** What it says of itself now. */
  Heartbeat heartbeat(long step, double computeSeconds, double waitSeconds, boolean leaving) {
    Heartbeat.State state =
        phase == Phase.WORKING
            ? leaving ? Heartbeat.State.LEAVING : Heartbeat.State.WORKING
            : leaving ? Heartbeat.State.GONE : Heartbeat.State.SEEKING;
    return new Heartbeat(
        self.model(),
        self.member(),
        self.host(),
        self.startedAt(),
        state,
        led && !leaving,
        epoch,
        generation == null ? 0 : generation.number(),
        self.shards(),
        self.fingerprint(),
        step,
        computeSeconds,
        waitSeconds);
  }
}
