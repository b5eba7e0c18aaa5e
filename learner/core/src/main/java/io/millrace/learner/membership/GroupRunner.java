package io.millrace.learner.membership;

import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.group.BrokenGroupException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a process learn in one generation after the other, until it is asked to stop: seeks, takes
 * the lease where it is its turn, forms or joins, works, and begins again from the last checkpoint
 * whatever ended the work, but for a failure that would come again.
 */
public final class GroupRunner {
  private static final Logger LOG = LoggerFactory.getLogger(GroupRunner.class);
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final int MOST_FAILURES = 30;

  private final Identity identity;
  private final Member member;
  private final Supplier<WriterLease> leases;
  private final Callable<Long> highestEpoch;
  private final RendezvousFolder rendezvous;
  private final GroupWork work;
  private @Nullable WriterLease lease;
  private Lineage held = new Lineage(0, List.of());
  private int failures;
  private final Duration pause;
  private volatile boolean stopRequested;

  /**
   * @param leases opens the model's lease
   * @param highestEpoch the highest among the checkpoints there are, asked before a lease is taken
   * @param folder the rendezvous folder, which is made where it is missing
   * @param views told how things are, on the member's thread
   */
  public GroupRunner(
      GroupSettings settings,
      Identity identity,
      GroupLog log,
      Supplier<WriterLease> leases,
      Callable<Long> highestEpoch,
      Path folder,
      GroupWork work,
      Consumer<GroupView> views) {
    this.identity = identity;
    this.pause = settings.settle();
    this.member = new Member(settings, identity, log, System::nanoTime, views);
    this.leases = leases;
    this.highestEpoch = highestEpoch;
    this.rendezvous = new RendezvousFolder(folder, identity.model());
    this.work = work;
  }

  /** Asks for an end in order: a leader saves a checkpoint, a follower waits for the leader's. */
  public void requestStop() {
    stopRequested = true;
    member.leave();
  }

  /** How things are. */
  public GroupView view() {
    return member.view();
  }

  /**
   * Learns until a stop is asked for.
   *
   * @throws Exception what the work failed with, where that is no loss of a process or of the lease
   */
  public void run() throws Exception {
    member.start();
    try {
      while (!stopRequested) {
        act(member.next(LOOK));
      }
    } finally {
      closeLease();
      member.close();
    }
  }

  private void act(MembershipStep step) throws Exception {
    if (step instanceof MembershipStep.TakeLease) {
      takeLease();
    } else if (step instanceof MembershipStep.Form form) {
      form(form.members());
    } else if (step instanceof MembershipStep.Join join) {
      work(join.generation(), join.rank(), new FollowersLease(member.lease()));
    } else if (step instanceof MembershipStep.Abandon abandon) {
      LOG.warn("model {}: {}", identity.model(), abandon.why());
      closeLease();
      member.fenced();
    }
  }

  private void takeLease() throws Exception {
    closeLease();
    WriterLease taken = leases.get();
    lease = taken;
    try {
      held = taken.acquire(highestEpoch.call());
    } catch (FencedException e) {
      fenced(e);
      return;
    } catch (IOException | RuntimeException e) {
      again("the lease can't be taken", e);
      closeLease();
      member.fenced();
      return;
    }
    member.leased(held);
  }

  /**
   * Counts what may be over by itself: a broker or a shared folder that is away for a while.
   *
   * @throws Exception the failure, after too many in a row
   */
  private void again(String what, Exception e) throws Exception {
    failures++;
    LOG.warn(
        "model {}: {} ({} times in a row), it is tried again: {}",
        identity.model(),
        what,
        failures,
        e.toString());
    if (failures >= MOST_FAILURES) {
      throw e;
    }
    member.pause(pause);
  }

  private void form(List<String> members) throws Exception {
    WriterLease taken = lease;
    if (taken == null) {
      throw new IllegalStateException("forms a group without the lease");
    }
    var generation =
        new Generation(held.epoch(), held.nextGeneration(), members, rendezvous.file(held.epoch()));
    try {
      rendezvous.prepare(held.epoch());
      taken.form(generation);
    } catch (FencedException e) {
      fenced(e);
      return;
    } catch (IOException | RuntimeException e) {
      again("no group can be put on record", e);
      member.ended();
      return;
    }
    held = held.formed(generation);
    work(generation, 0, new HeldLease(taken, held));
  }

  private void work(Generation generation, int rank, WriterLease with) throws Exception {
    member.works(generation);
    LOG.info(
        "model {}: rank {} of {} in generation {}, epoch {}: {}",
        identity.model(),
        rank,
        generation.members().size(),
        generation.number(),
        generation.epoch(),
        generation.members());
    try {
      work.run(generation, rank, with, control(generation));
      LOG.info("model {}: generation {} ended in order", identity.model(), generation.number());
      failures = 0;
      member.ended();
    } catch (BrokenGroupException e) {
      LOG.warn(
          "model {}: generation {} broke, it goes on from the last checkpoint: {}",
          identity.model(),
          generation.number(),
          e.getMessage());
      member.ended();
    } catch (FencedException e) {
      fenced(e);
    } catch (IOException | UncheckedIOException e) {
      member.ended();
      again("the shared folder or the broker fails", e);
    }
  }

  private void fenced(FencedException e) {
    LOG.warn("{}; it seeks a group as a new member", e.getMessage());
    closeLease();
    member.fenced();
  }

  private GroupWork.Control control(Generation generation) {
    return new GroupWork.Control() {
      @Override
      public boolean endsInOrder() {
        return stopRequested || member.now() instanceof MembershipStep.Regroup;
      }

      @Override
      public void requireInForce() {
        if (member.now() instanceof MembershipStep.Abandon abandon) {
          throw new BrokenGroupException(
              "generation %d is over: %s".formatted(generation.number(), abandon.why()), null);
        }
      }

      @Override
      public void whenOver(Runnable end) {
        member.whenOver(end);
      }

      @Override
      public void worked(long step, double computeSeconds, double waitSeconds) {
        failures = 0;
        member.worked(new Member.Work(step, computeSeconds, waitSeconds));
      }
    };
  }

  private void closeLease() {
    WriterLease open = lease;
    lease = null;
    if (open != null) {
      open.close();
    }
  }
}
