package io.millrace.learner.membership;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.group.GroupBackend;
import java.nio.file.Path;
import java.time.Duration;

/** How learners of one model work together. */
public record GroupSettings(
    @Doc("fewest processes that learn; with fewer, those there are wait")
        @Range(min = 1, max = 1024)
        int minSize,
    @Doc(
            "most processes that learn one model together; what is over learner.shards stands by; "
                + "1 for a learner by itself, which takes over from any other")
        @Range(min = 1, max = 1024)
        int maxSize,
    @Doc(
            "how soon a group goes on after one of it was lost; more than twice what a checkpoint, "
                + "a probe or a release takes")
        @DurationRange(min = "PT3S", max = "PT1H")
        Duration timeout,
    @Doc(
            "folder that all of them see, with checkpoints and releases in place of dataDir; "
                + "servers need it too; empty where dataDir is such a folder")
        String sharedDir,
    @Doc(
            "folder that all of them see, by which a group's members find each other; empty for "
                + "'rendezvous' beside the checkpoints")
        String rendezvousDir,
    @Doc("what carries tensors between them: auto is nccl on a GPU, else gloo")
        GroupBackend backend) {
  public GroupSettings {
    Allowed.check(
        GroupSettings.class, minSize, maxSize, timeout, sharedDir, rendezvousDir, backend);
    if (minSize > maxSize) {
      throw new IllegalArgumentException(
          "minSize is " + minSize + ": expected at most maxSize (" + maxSize + ")");
    }
  }

  /** A learner by itself. */
  public static GroupSettings defaults() {
    return new GroupSettings(1, 1, Duration.ofSeconds(30), "", "", GroupBackend.AUTO);
  }

  /** Whether several processes may learn together. */
  public boolean isOn() {
    return maxSize > 1;
  }

  /**
   * The same with no more members than there are shards to compute; what more there are stand by.
   */
  public GroupSettings of(int shards) {
    int most = Math.min(maxSize, shards);
    return new GroupSettings(
        Math.min(minSize, most), most, timeout, sharedDir, rendezvousDir, backend);
  }

  /** The rendezvous folder, given that of the checkpoints. */
  public Path rendezvous(Path checkpoints) {
    return rendezvousDir.isEmpty()
        ? checkpoints.resolveSibling("rendezvous")
        : Path.of(rendezvousDir);
  }

  /** Between two heartbeats of a process. */
  public Duration heartbeat() {
    return timeout.dividedBy(30);
  }

  /** Silence after which a process counts as gone. */
  public Duration silence() {
    return timeout.dividedBy(6);
  }

  /** How long a leader waits for more to come before it forms a group. */
  public Duration settle() {
    return timeout.dividedBy(15);
  }

  /** How long one collective may take. The rest of the timeout is for forming anew. */
  public Duration collective() {
    return timeout.dividedBy(2);
  }
}
