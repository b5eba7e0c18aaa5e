package io.millrace.ops.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;

/**
 * The meters of this process. Makes only what the catalogue holds, with the catalogue's unit,
 * meaning and tag keys; closes every binder it opened.
 */
public final class Meters implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Deque<AutoCloseable> binders = new ConcurrentLinkedDeque<>();
  private final Map<String, Settable> settable = new ConcurrentHashMap<>();

  /** A registry with the JVM's own meters. */
  public Meters() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    var collector = new JvmGcMetrics();
    collector.bindTo(registry);
    binders.push(collector);
  }

  /** All meters in Prometheus' text form. */
  public String scrape() {
    return registry.scrape();
  }

  /** Binds a Streams application's own meters until {@link #close}. */
  public void bind(KafkaStreams streams) {
    var binder = new KafkaStreamsMetrics(streams);
    binder.bindTo(registry);
    binders.push(binder);
  }

  /** Binds a consumer's own meters until {@link #close}. */
  public void bind(Consumer<?, ?> consumer) {
    var binder = new KafkaClientMetrics(consumer);
    binder.bindTo(registry);
    binders.push(binder);
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
  void set(Meter meter, double value, String... tagValues) {
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
  void time(Meter meter, long nanos, String... tagValues) {
    require(meter, Meter.Kind.TIMER);
    Timer.builder(meter.id())
        .description(meter.meaning())
        .tags(tags(meter, tagValues))
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Prometheus puts the unit in the name: of use for bytes, a stutter for counts. */
  private static @Nullable String shownUnit(Meter meter) {
    return meter.unit().equals("bytes") ? "bytes" : null;
  }

  private static void require(Meter meter, Meter.Kind kind) {
    if (meter.kind() != kind) {
      throw new IllegalArgumentException(
          meter + " is a " + meter.kind() + " in the catalogue: expected a " + kind);
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
  }

  private static final class Settable {
    private volatile double value = Double.NaN;
  }
}
