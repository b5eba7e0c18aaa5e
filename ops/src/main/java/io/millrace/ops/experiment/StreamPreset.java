package io.millrace.ops.experiment;

import io.millrace.learner.stream.Protocol;
import io.millrace.learner.stream.ProtocolSettings;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Stream benchmarks by name; options given beside the name win.
 *
 * <p>{@code CMP_CIFAR100} is the protocol whose published metrics (linear probe) are 13.3 for naive
 * BYOL, 27.6 with a FIFO of 90, 34.0 with a reservoir of 500 and 34.6 for CMP: 20 tasks, stream
 * batches of 10, one pass, ResNet-18 at full width. The update's 100 images are 10 of the stream
 * and 90 of replay. It takes a GPU: on two cores a pass is hours.
 */
public enum StreamPreset {
  CMP_CIFAR100(
      Protocol.SPLIT,
      new ProtocolSettings(20, 16, 1, 1),
      10,
      "byol",
      "reservoir",
      "",
      1,
      false,
      List.of(),
      List.of(
          "model.backbone.width=1.0",
          "learner.batchSize=100",
          "learner.updatesPerBatch=1",
          "learner.replay.images=500",
          "learner.probe.bank=5000",
          "learner.probe.queries=5000"),
      null,
      10),

  /** Split CIFAR-10 on the demo's network: for two cores. */
  SPLIT_CIFAR10(
      Protocol.SPLIT,
      new ProtocolSettings(5, 16, 1, 1),
      10,
      "simclr",
      "reservoir,minimum-redundancy,fifo,none",
      "reservoir",
      3,
      true,
      List.of(
          "all from replay: learner.replay.freshShare=0",
          "aligned: model.alignment.weight=1",
          "past: model.past.weight=1 model.past.everyUpdates=160",
          "2 updates: learner.updatesPerBatch=2"),
      List.of(
          "learner.updatesPerBatch=1",
          "learner.replay.images=2000",
          "learner.probe.bank=5000",
          "learner.probe.queries=5000"),
      null,
      5),

  /**
   * Clips of 16 frames of CIFAR-10's images, in order, on the demo's network: for two cores. Every
   * update is drawn from the buffer, as its authors do.
   */
  CORRELATED_CIFAR10(
      Protocol.CORRELATED,
      new ProtocolSettings(5, 16, 1, 1),
      8,
      "simclr",
      "minimum-redundancy,fifo,none",
      "minimum-redundancy",
      5,
      true,
      List.of(),
      List.of(
          "learner.updatesPerBatch=1",
          "learner.replay.images=1000",
          "learner.replay.freshShare=0",
          "learner.probe.bank=5000",
          "learner.probe.queries=5000"),
      null,
      4),

  /**
   * BYOL and OBoW from a cold start and after a contrastive one, and SimCLR alone, for five minutes
   * each: a ResNet-18 of a quarter of its width, for two cores.
   */
  WARM_START(
      Protocol.IID,
      ProtocolSettings.defaults(),
      128,
      "byol,obow,simclr",
      "reservoir",
      "",
      1,
      true,
      List.of(
          "after simclr: model.mix.method=simclr model.mix.from=150 model.mix.until=200"
              + " model.mix.handOver=true"),
      List.of(
          "model.backbone.width=0.25",
          "engine.threads=0",
          "learner.batchSize=128",
          "learner.updatesPerBatch=4"),
      Duration.ofMinutes(5),
      40);

  private final Protocol protocol;
  private final ProtocolSettings settings;
  private final int streamBatch;
  private final String methods;
  private final String policies;
  private final String against;
  private final int seeds;
  private final boolean demo;
  private final List<String> variants;
  private final List<String> configuration;
  private final @Nullable Duration time;
  private final int probes;

  StreamPreset(
      Protocol protocol,
      ProtocolSettings settings,
      int streamBatch,
      String methods,
      String policies,
      String against,
      int seeds,
      boolean demo,
      List<String> variants,
      List<String> configuration,
      @Nullable Duration time,
      int probes) {
    this.protocol = protocol;
    this.settings = settings;
    this.streamBatch = streamBatch;
    this.methods = methods;
    this.policies = policies;
    this.against = against;
    this.seeds = seeds;
    this.demo = demo;
    this.variants = variants;
    this.configuration = configuration;
    this.time = time;
    this.probes = probes;
  }

  /**
   * By its name, such as {@code cmp-cifar100}.
   *
   * @throws ConfigException naming the presets there are
   */
  public static StreamPreset named(String name) {
    return Arrays.stream(values())
        .filter(preset -> preset.key().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "--preset is '"
                        + name
                        + "': expected one of "
                        + Arrays.stream(values()).map(StreamPreset::key).toList()));
  }

  private String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public Protocol protocol() {
    return protocol;
  }

  public ProtocolSettings settings() {
    return settings;
  }

  public int streamBatch() {
    return streamBatch;
  }

  public String methods() {
    return methods;
  }

  public String policies() {
    return policies;
  }

  /** Policy of the shuffled arm; empty for none. */
  public String against() {
    return against;
  }

  public int seeds() {
    return seeds;
  }

  /** Further arms, as {@link StreamVariant#parse} reads them. */
  public List<String> variants() {
    return variants;
  }

  /** Time of learning of a run at most; null for none. */
  @Nullable
  public Duration time() {
    return time;
  }

  public int probes() {
    return probes;
  }

  /** The configuration that options are laid over. */
  public MillraceConfig configuration() {
    return ConfigReader.over(
        demo ? PackagedConfig.demoConfig() : MillraceConfig.defaults(),
        ConfigReader.with(ConfigReader.tree("", key()), configuration));
  }
}
