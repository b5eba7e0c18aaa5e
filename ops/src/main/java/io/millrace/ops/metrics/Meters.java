package io.millrace.ops.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.time.Duration;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;

/**
 * The meters of this process. Makes only what the catalog holds, with the catalog's unit, meaning
 * and tag keys; closes every binder it opened.
 */
public final class Meters implements AutoCloseable {
  /** From what an answer takes to what a queue in front of serving may add. */
  private static final Duration[] UP_TO =
      Stream.of(5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final PrometheusMeterRegistry prometheus =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final MeterRegistry registry;
  private final Deque<AutoCloseable> binders = new ConcurrentLinkedDeque<>();
  private final Queue<ClientMeters> newClients = new ConcurrentLinkedQueue<>();
  private final Map<String, Settable> settable = new ConcurrentHashMap<>();

  /** A registry with the JVM's own meters that is only scraped. */
  public Meters() {
    this(MetricsConfig.defaults());
  }

  /** A registry with the JVM's own meters, and where there is one the GPU's. */
  public Meters(MetricsConfig config) {
    registry = config.otlpUrl().isEmpty() ? prometheus : alsoPushed(config);
    registry.config().meterFilter(MeterFilter.deny(Meters::isOfOneBroker));
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    var collector = new JvmGcMetrics();
    collector.bindTo(registry);
    binders.push(collector);
    gauge(Meter.MEMORY_RESIDENT, ProcessMemory::residentBytes);
    gauge(Meter.MEMORY_NATIVE, ProcessMemory::nativeBytes);
    Gpus.start("nvidia-smi", this::set).ifPresent(binders::push);
  }

  /** Kafka's clients count by broker what they also count in all: a third of all their meters. */
  private static boolean isOfOneBroker(io.micrometer.core.instrument.Meter.Id id) {
    return id.getName().matches("kafka\\.\\w+\\.node\\..*");
  }

  private MeterRegistry alsoPushed(MetricsConfig config) {
    var both = new CompositeMeterRegistry(Clock.SYSTEM);
    both.add(prometheus);
    both.add(new OtlpMeterRegistry(config.otlp(), Clock.SYSTEM));
    return both;
  }

  /** All meters in Prometheus' text form. */
  public String scrape() {
    bindClients();
    return prometheus.scrape();
  }

  /** Binds a Streams application's own meters until {@link #close}. */
  public void bind(KafkaStreams streams) {
    var binder = new KafkaStreamsMetrics(streams);
    binder.bindTo(registry);
    binders.push(binder);
  }

  /**
   * Settings that bind the meters of every client made with them, until that client is closed.
   *
   * @param client settings of a Kafka client
   */
  public Map<String, Object> metered(Map<String, Object> client) {
    var out = new LinkedHashMap<>(client);
    out.put(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, List.of(ClientMeters.class));
    out.put(ClientMeters.REGISTRAR, (ClientMeters.Registrar) newClients::add);
    return out;
  }

  /** Binds the meters of clients that were made since the last call; {@link #scrape} does too. */
  public void bindClients() {
    for (ClientMeters c = newClients.poll(); c != null; c = newClients.poll()) {
      c.bindTo(registry);
    }
  }

  /** A gauge that asks when it is scraped; NaN while there is nothing to say. */
  public void gauge(Meter meter, DoubleSupplier value, String... tagValues) {
    require(meter, Meter.Kind.GAUGE);
    Gauge.builder(meter.id(), value, DoubleSupplier::getAsDouble)
        .baseUnit(shownUnit(meter))
        .description(meter.meaning())
        .tags(tags(meter, tagValues))
        .strongReference(true)
        .register(registry);
  }

  /** Sets a gauge, which is made at the first call. */
  public void set(Meter meter, double value, String... tagValues) {
    settable.computeIfAbsent(
                meter.id() + String.join("\0", tagValues),
                key -> {
                  var holder = new Settable();
                  gauge(meter, () -> holder.value, tagValues);
                  return holder;
                })
            .value =
        value;
  }

  /** Adds to a counter. */
  void count(Meter meter, double amount, String... tagValues) {
    require(meter, Meter.Kind.COUNTER);
    Counter.builder(meter.id())
        .baseUnit(shownUnit(meter))
        .description(meter.meaning())
        .tags(tags(meter, tagValues))
        .register(registry)
        .increment(amount);
  }

  /** Records a duration. */
  public void time(Meter meter, long nanos, String... tagValues) {
    timer(meter, tagValues).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Makes a timer that has nothing to say yet. */
  void declare(Meter meter, String... tagValues) {
    timer(meter, tagValues);
  }

  private Timer timer(Meter meter, String... tagValues) {
    require(meter, Meter.Kind.TIMER, Meter.Kind.HISTOGRAM);
    return Timer.builder(meter.id())
        .description(meter.meaning())
        .tags(tags(meter, tagValues))
        .serviceLevelObjectives(meter.kind() == Meter.Kind.HISTOGRAM ? UP_TO : null)
        .register(registry);
  }

  /** Prometheus puts the unit in the name: of use for bytes, a stutter for counts. */
  private static @Nullable String shownUnit(Meter meter) {
    return meter.unit().equals("bytes") ? "bytes" : null;
  }

  private static void require(Meter meter, Meter.Kind... kinds) {
    if (!List.of(kinds).contains(meter.kind())) {
      throw new IllegalArgumentException(
          meter + " is a " + meter.kind() + " in the catalog: expected " + List.of(kinds));
    }
  }

  private static Tags tags(Meter meter, String... values) {
    if (values.length != meter.tags().size()) {
      throw new IllegalArgumentException(
          meter
              + " has "
              + values.length
              + " tag values: expected one for each of "
              + meter.tags());
    }
    Tags out = Tags.empty();
    for (int i = 0; i < values.length; i++) {
      out = out.and(meter.tags().get(i), values[i]);
    }
    return out;
  }

  @Override
  public void close() {
    while (!binders.isEmpty()) {
      try {
        binders.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("a meter binder did not close", e);
      }
    }
    registry.close();
    prometheus.close();
  }

  private static final class Settable {
    private volatile double value = Double.NaN;
  }
}
