package io.millrace.ops.experiment;

import io.millrace.ingest.settings.Spelling;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.stream.Protocol;
import io.millrace.learner.stream.ProtocolSettings;
import io.millrace.learner.stream.StreamRunSettings;
import io.millrace.ops.config.MillraceConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a stream benchmark runs. All of it is checked when this is made.
 *
 * @param config networks, settings by method, replay's limits
 * @param variants further ways of learning, by name; each is run with the first policy
 * @param protocol the order of the stream
 * @param settings of the protocol
 * @param methods names of methods
 * @param policies names of replay policies, or none
 * @param against policy of the arm that learns from the shuffled stream; empty for no such arm
 * @param images images of the stream at most
 * @param time time of learning at most; null for none
 * @param streamBatch images consumed at a time
 * @param probes measurements on the way
 * @param seeds how many seeds, from the configured one on
 */
public record StreamBenchPlan(
    MillraceConfig config,
    Map<String, StreamVariant> variants,
    Protocol protocol,
    ProtocolSettings settings,
    List<String> methods,
    List<String> policies,
    String against,
    long images,
    @Nullable Duration time,
    int streamBatch,
    int probes,
    int seeds) {
  /** Keeps nothing of the stream. */
  static final String NO_REPLAY = "none";

  /**
   * One way of learning, run once for each seed.
   *
   * @param policy replay policy, or none
   * @param shuffled whether the stream is shuffled first
   * @param variant whose settings it has; empty for the configured ones
   */
  record Arm(String method, String policy, boolean shuffled, String variant) {
    @Override
    public String toString() {
      return method
          + ", "
          + policy
          + (variant.isEmpty() ? "" : ", " + variant)
          + (shuffled ? ", shuffled" : "");
    }
  }

  public StreamBenchPlan {
    if (images < 2) {
      throw new IllegalArgumentException("--budget-images is " + images + ": expected 2 or more");
    }
    if (seeds < 1 || seeds > 1000) {
      throw new IllegalArgumentException("--seeds is " + seeds + ": expected 1 to 1000");
    }
    methods = List.copyOf(methods);
    policies = List.copyOf(policies);
    for (String name : methods) {
      if (!Methods.names().contains(name)) {
        throw new IllegalArgumentException(
            "--method names '" + name + "': expected some of " + Methods.names());
      }
    }
    variants = Collections.unmodifiableMap(new LinkedHashMap<>(variants));
    for (StreamVariant variant : variants.values()) {
      variant.requireSameMeasure(config);
    }
    for (Arm arm : arms(methods, policies, against, variants)) {
      MillraceConfig its = configOf(config, variants, arm);
      method(its, arm.method(), its.model().seed());
      runSettings(its, arm.policy(), streamBatch, probes, time);
    }
  }

  List<Arm> arms() {
    return arms(methods, policies, against, variants);
  }

  private static List<Arm> arms(
      List<String> methods,
      List<String> policies,
      String against,
      Map<String, StreamVariant> variants) {
    var arms = new ArrayList<Arm>();
    for (String method : methods) {
      if (!against.isEmpty()) {
        arms.add(new Arm(method, against, true, ""));
      }
      policies.forEach(policy -> arms.add(new Arm(method, policy, false, "")));
      variants.forEach(
          (name, variant) -> {
            if (!variant.config().model().mix().method().equals(method)) { // not with itself
              arms.add(new Arm(method, policies.get(0), false, name));
            }
          });
    }
    return arms;
  }

  private static MillraceConfig configOf(
      MillraceConfig config, Map<String, StreamVariant> variants, Arm arm) {
    StreamVariant variant = variants.get(arm.variant());
    return variant == null ? config : variant.config();
  }

  /** A method whose chance comes from a seed. */
  Method method(Arm arm, long seed) {
    return method(configOf(config, variants, arm), arm.method(), seed);
  }

  private static Method method(MillraceConfig config, String name, long seed) {
    return Methods.create(name, config.model().withSeed(seed), config.methods());
  }

  StreamRunSettings runSettings(Arm arm) {
    return runSettings(configOf(config, variants, arm), arm.policy(), streamBatch, probes, time);
  }

  private static StreamRunSettings runSettings(
      MillraceConfig config, String policy, int streamBatch, int probes, @Nullable Duration time) {
    return new StreamRunSettings(
        streamBatch,
        config.learner().batchSize(),
        config.learner().updatesPerBatch(),
        policy.equals(NO_REPLAY) ? null : replay(config.learner().replay(), policy),
        probes,
        time,
        config.learner().monitor());
  }

  private static ReplaySettings replay(ReplaySettings configured, String policy) {
    try {
      return configured.withPolicy(
          Spelling.parse(ReplaySettings.Policy.class, "policy", policy), configured.images());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("learner.replay." + e.getMessage(), e);
    }
  }

  /** Source images that are loaded: correlated makes several frames of one still. */
  long sources(boolean clips) {
    return protocol == Protocol.CORRELATED && !clips
        ? Math.max(1, images / settings.clipFrames())
        : images;
  }
}
