package io.millrace.ops.metrics;

import io.micrometer.registry.otlp.OtlpConfig;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where meters go besides {@code /metrics}. */
public record MetricsConfig(
    @Doc(
            "address of an OpenTelemetry collector for metrics over HTTP or HTTPS, such as "
                + "http://localhost:4318/v1/metrics; empty pushes nothing")
        String otlpUrl,
    @Doc("time between two pushes") @DurationRange(min = "PT1S", max = "PT1H") Duration otlpEvery,
    @Doc(
            "meters of Kafka's clients and of Kafka Streams: all, main (those that dashboards and "
                + "alerts use, and rates of records and bytes) or none")
        KafkaMeters kafkaClients) {
  /** Which meters of Kafka's clients are kept. */
  public enum KafkaMeters {
    ALL,
    MAIN,
    NONE
  }

  public MetricsConfig {
    Allowed.check(MetricsConfig.class, otlpUrl, otlpEvery, kafkaClients);
    if (!otlpUrl.isEmpty() && !isHttp(otlpUrl)) {
      throw new IllegalArgumentException(
          "otlpUrl is '" + otlpUrl + "': expected an http or https address, or nothing");
    }
  }

  /** Nothing is pushed; once a minute where an address is given. */
  public static MetricsConfig defaults() {
    return new MetricsConfig("", Duration.ofMinutes(1), KafkaMeters.MAIN);
  }

  private static boolean isHttp(String url) {
    try {
      String scheme = URI.create(url).getScheme();
      return "http".equals(scheme) || "https".equals(scheme);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  OtlpConfig otlp() {
    return new OtlpConfig() {
      @Override
      public @Nullable String get(String key) {
        return null;
      }

      @Override
      public String url() {
        return otlpUrl;
      }

      @Override
      public Duration step() {
        return otlpEvery;
      }

      @Override
      public Map<String, String> resourceAttributes() {
        return Map.of("service.name", "millrace");
      }
    };
  }
}
