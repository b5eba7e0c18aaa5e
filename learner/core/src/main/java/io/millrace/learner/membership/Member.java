package io.millrace.learner.membership;

import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process as a member: sends its heartbeats, listens to the others' and keeps the {@link
 * Membership} going, on a thread of its own, whatever the learner's thread waits in. Each {@link
 * MembershipStep} is carried out by who asks for it with {@link #next}.
 *
 * <p>A process that was suspended for longer than the group's silence knows nothing about now: it
 * becomes a new member under a new id, and what it worked in is over.
 */
final class Member implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Member.class);
  private static final Duration END = Duration.ofSeconds(10);

  /** What a member tells of its work. */
  record Work(long step, double computeSeconds, double waitSeconds) {
    static final Work NONE = new Work(0, 0, 0);
  }

  private final GroupSettings settings;
  private final GroupLog log;
  private final Identity identity;
  private final LongSupplier nanos;
  private final Thread thread;
  private final Consumer<GroupView> views;
  private Membership membership;
  private MembershipStep step = new MembershipStep.Wait("starting");
  private Work work = Work.NONE;
  private long formed;
  private boolean leaving;
  private boolean lost;
  private @Nullable Runnable whenOver;
  private long tickedAt;
  private final Set<String> misfits = new HashSet<>();
  private volatile boolean closed;
  private volatile @Nullable RuntimeException failure;

  /**
   * @param nanos time that goes on while the process is suspended
   * @param views told how things are, at each heartbeat
   */
  Member(
      GroupSettings settings,
      Identity identity,
      GroupLog log,
      LongSupplier nanos,
      Consumer<GroupView> views) {
    this.settings = settings;
    this.identity = identity;
    this.log = log;
    this.nanos = nanos;
    this.views = views;
    this.tickedAt = nanos.getAsLong();
    this.membership = new Membership(settings, identity.fresh(), tickedAt);
    this.thread = DaemonThreads.named("millrace-learner-member", this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      long due = nanos.getAsLong();
      while (!closed) {
        if (nanos.getAsLong() >= due) {
          due = nanos.getAsLong() + settings.heartbeat().toNanos();
          log.send(beat());
          views.accept(view());
        }
        log.poll(settings.heartbeat().dividedBy(2), new Listener());
        tick();
      }
      log.send(beat());
    } catch (RuntimeException e) {
      LOG.error("the group of {} is out of sight: {}", identity.model(), e.toString());
      synchronized (this) {
        failure = e;
        notifyAll();
      }
    } finally {
      log.close();
    }
  }

  private final class Listener implements GroupLog.Reader {
    @Override
    public void heard(Heartbeat beat) {
      synchronized (Member.this) {
        renewAfterAGap();
        membership.heard(beat, nanos.getAsLong());
      }
    }

    @Override
    public void recorded(String model, Lineage lineage) {
      synchronized (Member.this) {
        if (model.equals(identity.model())) {
          membership.recorded(lineage);
        }
      }
    }
  }

  private void tick() {
    Runnable told = look();
    if (told != null) {
      told.run();
    }
  }

  private synchronized @Nullable Runnable look() {
    renewAfterAGap();
    step = membership.next(nanos.getAsLong());
    for (Heartbeat other : membership.misfits()) {
      if (misfits.add(other.member())) {
        LOG.warn(
            "{} ({}) can't learn with this process: its build, method or settings differ, or what"
                + " auto came to for engine.precision or learner.group.backend (shards {} and {},"
                + " fingerprints {} and {})",
            other.member(),
            other.host(),
            other.shards(),
            identity.shards(),
            other.fingerprint(),
            identity.fingerprint());
      }
    }
    notifyAll();
    boolean isOver =
        leaving
            || lost
            || step instanceof MembershipStep.Regroup
            || step instanceof MembershipStep.Abandon;
    Runnable told = isOver ? whenOver : null;
    whenOver = told == null ? whenOver : null;
    return told;
  }

  /** Has something run once, on this member's thread, when the present work is to end. */
  synchronized void whenOver(Runnable end) {
    whenOver = end;
  }

  private void renewAfterAGap() {
    long now = nanos.getAsLong();
    if (now - tickedAt > settings.silence().toNanos()) {
      LOG.warn(
          "this process stood still for {} s: it seeks a group as a new member",
          (now - tickedAt) / 1_000_000_000L);
      renew(now);
      lost = true;
    }
    tickedAt = now;
  }

  /** Becomes a new member, with what the lease says kept. */
  private void renew(long now) {
    Lineage lease = membership.lease();
    membership = new Membership(settings, identity.fresh(), now);
    membership.recorded(lease);
  }

  private Heartbeat beat() {
    synchronized (this) {
      return membership.heartbeat(
          work.step(), work.computeSeconds(), work.waitSeconds(), leaving || closed);
    }
  }

  /**
   * Waits until there is something to do, so long at most.
   *
   * @return a wait where nothing came
   * @throws IllegalStateException when the log failed for good
   */
  synchronized MembershipStep next(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (step instanceof MembershipStep.Wait) {
      requireWell();
      long left = end - System.nanoTime();
      if (left <= 0) {
        break;
      }
      wait(Math.max(1, left / 1_000_000));
    }
    requireWell();
    return step;
  }

  /** Waits, but for a wish to leave. */
  synchronized void pause(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0 && !leaving; left = end - System.nanoTime()) {
      wait(Math.max(1, left / 1_000_000));
    }
  }

  private void requireWell() {
    RuntimeException e = failure;
    if (e != null) {
      throw new IllegalStateException("the group's log failed: " + e.getMessage(), e);
    }
  }

  /** What is to be done now, without waiting. */
  synchronized MembershipStep now() {
    return lost ? new MembershipStep.Abandon("this process stood still") : step;
  }

  /** The lease as last read. */
  synchronized Lineage lease() {
    return membership.lease();
  }

  synchronized void leased(Lineage lineage) {
    membership.leased(lineage, nanos.getAsLong());
    again();
  }

  synchronized void works(Generation generation) {
    membership.works(generation, nanos.getAsLong());
    work = Work.NONE;
    formed++;
    lost = false;
    again();
  }

  synchronized void ended() {
    whenOver = null;
    if (membership.phase() != Membership.Phase.SEEKING) {
      membership.ended(nanos.getAsLong());
    }
    lost = false;
    again();
  }

  /** Another one has the lease: what this process was is over. */
  synchronized void fenced() {
    whenOver = null;
    renew(nanos.getAsLong());
    lost = false;
    again();
  }

  private void again() {
    step = membership.next(nanos.getAsLong());
  }

  synchronized void worked(Work now) {
    work = now;
  }

  /** Says that this process wants to leave at the next end of a generation. */
  synchronized void leave() {
    leaving = true;
    notifyAll();
  }

  synchronized GroupView view() {
    return new GroupView(
        membership.heartbeat(0, 0, 0, false).member(),
        membership.phase().name().toLowerCase(java.util.Locale.ROOT),
        membership.lease().epoch(),
        membership.generation(),
        membership.live(),
        doing(),
        formed);
  }

  private String doing() {
    if (step instanceof MembershipStep.Wait w) {
      return w.why();
    } else if (step instanceof MembershipStep.Regroup r) {
      return "regroups: " + r.why();
    } else if (step instanceof MembershipStep.Abandon a) {
      return "stops working: " + a.why();
    }
    return List.of("takes the lease", "forms a group", "joins")
        .get(
            step instanceof MembershipStep.TakeLease
                ? 0
                : step instanceof MembershipStep.Form ? 1 : 2);
  }

  /** Says goodbye. */
  @Override
  public void close() {
    closed = true;
    try {
      thread.join(END.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
