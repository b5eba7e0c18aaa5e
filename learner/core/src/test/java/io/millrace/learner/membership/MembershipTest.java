package io.millrace.learner.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.group.GroupBackend;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Several membership machines on one log and one lease, all simulated: time is a number, heartbeats
 * arrive when the test says so.
 */
class MembershipTest {
  private static final long SECOND = 1_000_000_000L;
  private static final GroupSettings SETTINGS =
      new GroupSettings(1, 3, Duration.ofSeconds(30), "", "", GroupBackend.GLOO);

  /** One process: what it does at once when its machine says so. */
  private final class Process {
    final String name;
    final Membership machine;
    MembershipStep last = new MembershipStep.Wait("new");
    boolean leaving;

    Process(String name, long startedAt, GroupSettings settings, String fingerprint) {
      this.name = name;
      this.machine =
          new Membership(
              settings,
              new Heartbeat(
                  "m",
                  name,
                  "host",
                  startedAt,
                  Heartbeat.State.SEEKING,
                  false,
                  0,
                  0,
                  4,
                  fingerprint,
                  0,
                  0,
                  0),
              now);
    }

    void act() {
      last = machine.next(now);
      if (last instanceof MembershipStep.TakeLease) {
        lease = lease.under(lease.epoch() + 1);
        machine.leased(lease, now);
      } else if (last instanceof MembershipStep.Form form) {
        Generation g =
            new Generation(lease.epoch(), lease.nextGeneration(), form.members(), "r" + lease);
        lease = lease.formed(g);
        machine.works(g, now);
        formed.put(g.number(), g);
      } else if (last instanceof MembershipStep.Join join) {
        machine.works(join.generation(), now);
      } else if (last instanceof MembershipStep.Regroup) {
        // The plan ends the generation for all of its members at once.
        Generation over = machine.generation();
        processes.values().stream()
            .filter(p -> over.equals(p.machine.generation()))
            .forEach(p -> p.machine.ended(now));
      } else if (last instanceof MembershipStep.Abandon) {
        machine.ended(now);
      }
    }
  }

  private long now = 100 * SECOND;
  private Lineage lease = new Lineage(0, List.of());
  private final Map<String, Process> processes = new LinkedHashMap<>();
  private final Map<Long, Generation> formed = new LinkedHashMap<>();
  private final Set<String> down = new LinkedHashSet<>();
  private boolean logDown;

  private Process start(String name) {
    return start(name, SETTINGS, "same");
  }

  private Process start(String name, GroupSettings settings, String fingerprint) {
    var process = new Process(name, now, settings, fingerprint);
    processes.put(name, process);
    return process;
  }

  /** Half a second at a time: everybody that is up sends, hears, reads the lease and acts. */
  private void run(int seconds) {
    for (int i = 0; i < 2 * seconds; i++) {
      now += SECOND / 2;
      List<Process> up = processes.values().stream().filter(p -> !down.contains(p.name)).toList();
      if (!logDown) {
        for (Process from : up) {
          Heartbeat beat = from.machine.heartbeat(0, 0, 0, from.leaving);
          up.forEach(to -> to.machine.heard(beat, now));
        }
        up.forEach(p -> p.machine.recorded(lease));
      }
      up.forEach(Process::act);
    }
  }

  /** What the exchange of tensors tells those that are left. */
  private void breaks(Process... left) {
    for (Process p : left) {
      p.machine.ended(now);
    }
  }

  private Generation latest() {
    return lease.generation();
  }

  @Test
  void theEldestLeadsAndAllThatAreThereFormOneGroup() {
    Process a = start("a");
    run(1);
    Process b = start("b");
    run(20);
    assertThat(latest()).isEqualTo(new Generation(1, 1, List.of("a", "b"), latest().rendezvous()));
    assertThat(a.machine.phase()).isEqualTo(Membership.Phase.WORKING);
    assertThat(b.machine.phase()).isEqualTo(Membership.Phase.WORKING);
    assertThat(formed).hasSize(1);
  }

  @Test
  void aGroupWaitsForItsFewest() {
    var two = new GroupSettings(2, 3, Duration.ofSeconds(30), "", "", GroupBackend.GLOO);
    Process a = start("a", two, "same");
    run(60);
    assertThat(lease.epoch()).as("it takes nothing that it can't use").isZero();
    assertThat(a.last).isEqualTo(new MembershipStep.Wait("1 of at least 2 are there"));
    start("b", two, "same");
    run(20);
    assertThat(latest().members()).containsExactly("a", "b");
  }

  @Test
  void aProcessThatJoinsAndOneThatLeavesMakeANewGenerationEach() {
    start("a");
    run(20);
    assertThat(latest().members()).containsExactly("a");
    start("b");
    run(20);
    assertThat(latest().number()).isEqualTo(2);
    assertThat(latest().members()).containsExactly("a", "b");
    processes.get("b").leaving = true;
    run(10);
    assertThat(latest().number()).isEqualTo(3);
    assertThat(latest().members()).containsExactly("a");
  }

  @Test
  void moreThanMaxSizeWaitAsideAndComeInForOneThatWasLost() {
    for (String name : List.of("a", "b", "c", "d")) {
      start(name);
      now += 1;
    }
    run(20);
    assertThat(latest().members()).hasSize(3).startsWith("a").doesNotContain("d");
    int before = formed.size();
    run(60);
    assertThat(formed).as("a process that waits aside does not make it form again").hasSize(before);
    down.add("b");
    breaks(processes.get("a"), processes.get("c"));
    run(30);
    assertThat(latest().members()).containsExactly("a", "c", "d");
  }

  @Test
  void anotherLeadsWithinTheTimeoutWhenTheLeaderIsGone() {
    Process a = start("a");
    run(1);
    Process b = start("b");
    run(1);
    Process c = start("c");
    run(20);
    assertThat(latest().leader()).isEqualTo("a");
    down.add("a");
    breaks(b, c);
    run(15);
    assertThat(latest().members()).containsExactly("b", "c");
    assertThat(latest().epoch()).isEqualTo(lease.epoch()).isEqualTo(2);
    down.remove("a"); // SIGCONT of one that noticed nothing
    run(1);
    assertThat(a.machine.phase()).isEqualTo(Membership.Phase.SEEKING);
    run(30);
    assertThat(latest().members()).containsExactlyInAnyOrder("a", "b", "c");
    assertThat(latest().leader()).as("who leads goes on leading").isEqualTo("b");
  }

  @Test
  void theLeaderFormsAnewAfterAFollowerIsGone() {
    Process a = start("a");
    run(1);
    start("b");
    run(20);
    down.add("b");
    breaks(a);
    run(20);
    assertThat(latest().number()).isEqualTo(2);
    assertThat(latest().members()).containsExactly("a");
    assertThat(latest().epoch()).as("each generation has an epoch").isEqualTo(2);
  }

  @Test
  void aLogThatIsAwayMakesNobodyGone() {
    start("a");
    run(1);
    start("b");
    run(20);
    logDown = true;
    run(120);
    logDown = false;
    run(60);
    assertThat(formed).as("they worked on").hasSize(1);
  }

  @Test
  void nobodyTakesTheLeaseWhileTheLogIsAway() {
    logDown = true;
    Process a = start("a");
    run(120);
    assertThat(lease.epoch()).isZero();
    assertThat(a.last).isEqualTo(new MembershipStep.Wait("the log does not carry heartbeats"));
  }

  @Test
  void twoThatBothTakeTheLeaseEndUpInOneGroup() {
    Process a = start("a");
    Process b = start("b");
    run(1);
    // As if neither had heard of the other.
    lease = lease.under(1);
    a.machine.leased(lease, now);
    lease = lease.under(2);
    b.machine.leased(lease, now);
    run(30);
    assertThat(latest().leader()).isEqualTo("b");
    assertThat(latest().members()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void aLearnerByItselfThatTakesTheLeaseEndsTheGroup() {
    Process a = start("a");
    run(20);
    lease = lease.under(lease.epoch() + 1); // of a learner without a group
    now += SECOND;
    a.machine.recorded(lease);
    assertThat(a.machine.next(now)).isInstanceOf(MembershipStep.Abandon.class);
  }

  @Test
  void otherSettingsAreNotLetIn() {
    start("a");
    run(1);
    start("other", SETTINGS, "different");
    run(60);
    assertThat(latest().members()).containsExactly("a");
    assertThat(formed).hasSize(1);
    assertThat(processes.get("a").machine.misfits())
        .extracting(Heartbeat::member)
        .containsExactly("other");
  }
}
