package io.millrace.ops.dashboard;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.millrace.learner.checkpoint.TrainingCounters;
import io.millrace.ops.health.CheckResult;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that the status route, the live page and the terminal line show, at one moment.
 *
 * @param at when
 * @param startedAt when this process started
 * @param phase {@code starting}, {@code running}, {@code draining} or {@code done}
 * @param endsAt when a run of a given duration ends; null without one
 * @param roles roles of this process
 * @param stream images on their way; null before the topics are there
 * @param learner null in a process that does not learn
 * @param serving null in a process that does not serve
 * @param releases newest first
 * @param health all checks
 */
public record Status(
    Instant at,
    Instant startedAt,
    String phase,
    @Nullable Instant endsAt,
    List<String> roles,
    @Nullable Stream stream,
    @Nullable Learner learner,
    @Nullable Serving serving,
    List<Release> releases,
    List<CheckResult> health) {
  public Status {
    roles = List.copyOf(roles);
    releases = List.copyOf(releases);
    health = List.copyOf(health);
  }

  /**
   * Images from source to accepted.
   *
   * @param published images put on {@code images.raw}
   * @param publishTotal images that the source holds; null without an end
   * @param accepted images on {@code images.accepted}
   * @param rejected count by reason
   * @param rejectedBySource count by source
   * @param acceptedPerSecond over the last seconds
   * @param ingestLag raw images not looked at yet
   */
  public record Stream(
      long published,
      @Nullable Long publishTotal,
      long accepted,
      Map<String, Long> rejected,
      Map<String, Long> rejectedBySource,
      double acceptedPerSecond,
      long ingestLag) {
    public Stream {
      rejected = Map.copyOf(rejected);
      rejectedBySource = Map.copyOf(rejectedBySource);
    }
  }

  /**
   * The learner.
   *
   * @param state state of its loop
   * @param method method's name
   * @param engine engine's name
   * @param device device the engine runs on
   * @param precision arithmetic
   * @param steps updates over the model's life
   * @param counters what was counted over the model's life, each under its own name
   * @param lag accepted images not consumed yet; null before it is known
   * @param imagesPerSecond images learned from per second, replayed ones included
   * @param loss objective at the last update
   * @param skill 1 − loss ÷ chance-level loss
   * @param learningRate of the last update
   * @param teacherMomentum of the last update
   * @param monitors newest metric by name
   * @param replayImages images in replay
   * @param checkpoints written by this process
   * @param phaseMillis mean milliseconds of an update by phase, over this process: {@code step} is
   *     the whole update, {@code views} to {@code ema} are parts of it, the others come between
   * @param group who learns with it; null for a learner by itself
   */
  public record Learner(
      String state,
      String method,
      String engine,
      String device,
      String precision,
      long steps,
      @JsonUnwrapped TrainingCounters counters,
      @Nullable Long lag,
      double imagesPerSecond,
      double loss,
      double skill,
      double learningRate,
      double teacherMomentum,
      Map<String, Double> monitors,
      long replayImages,
      long checkpoints,
      Map<String, Double> phaseMillis,
      @Nullable Group group) {
    public Learner {
      monitors = Map.copyOf(monitors);
      phaseMillis = Map.copyOf(phaseMillis);
    }
  }

  /**
   * Processes that learn one model.
   *
   * @param member this process
   * @param phase {@code seeking}, {@code forming} or {@code working}
   * @param doing what it waits for, or does
   * @param epoch of the lease
   * @param generation number of the group it works in; 0 outside of any
   * @param rank its own; −1 outside of a group
   * @param size processes of that group; 0 outside of any
   * @param leader who leads it; null outside of any
   * @param slowest the member that waits least for the others; null with fewer than two
   * @param formed groups that this process has worked in
   * @param members all processes that were heard lately, elders first
   */
  public record Group(
      String member,
      String phase,
      String doing,
      long epoch,
      long generation,
      int rank,
      int size,
      @Nullable String leader,
      @Nullable String slowest,
      long formed,
      List<Member> members) {
    public Group {
      members = List.copyOf(members);
    }
  }

  /**
   * A process of a group, or one that stands by.
   *
   * @param name its id
   * @param host where it runs
   * @param rank in this process' group; −1 for one that is not in it
   * @param state {@code seeking}, {@code working} or {@code leaving}
   * @param computeSeconds time spent computing in its group
   * @param waitSeconds time spent in collectives, waiting for others included
   */
  public record Member(
      String name,
      String host,
      int rank,
      String state,
      double computeSeconds,
      double waitSeconds) {}

  /**
   * Embedding and search.
   *
   * @param version version that embeds what comes; null before the first release
   * @param embeddings embeddings published by this process
   * @param imagesPerSecond embeddings published per second, lately
   * @param lag accepted images not embedded yet; null before it is known
   * @param refresh version that is being filled; null while there is none
   * @param refreshShare share of that which is done, 0 to 1; 1 while there is none
   * @param searched version that searches run against; null before one is complete
   * @param searchable images that a search can find
   */
  public record Serving(
      @Nullable String version,
      long embeddings,
      double imagesPerSecond,
      @Nullable Long lag,
      @Nullable String refresh,
      double refreshShare,
      @Nullable String searched,
      long searchable) {}

  /**
   * A release.
   *
   * @param version version
   * @param step update it was made at
   * @param at when
   * @param gate what the gate said
   * @param reason why, such as the metric out of bounds; empty where there is nothing to say
   * @param metrics metrics the gate checked
   */
  public record Release(
      String version,
      long step,
      Instant at,
      String gate,
      String reason,
      @JsonProperty("figures") Map<String, Double> metrics) {
    public Release {
      metrics = Map.copyOf(metrics);
    }

    /** One with nothing to say about why. */
    public Release(
        String version, long step, Instant at, String gate, Map<String, Double> metrics) {
      this(version, step, at, gate, "", metrics);
    }
  }
}
