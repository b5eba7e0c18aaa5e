package io.millrace.ops.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.Leniency;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.method.StepReport;
import io.millrace.serving.kafka.ServingMetrics;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetersTest {
  @Test
  void everyMeterSaysWhatItIs() {
    assertThat(Meter.values()).extracting(Meter::id).doesNotHaveDuplicates();
    for (Meter meter : Meter.values()) {
      assertThat(meter.id()).startsWith("millrace.").matches("[a-z.]+");
      assertThat(meter.meaning()).isNotBlank();
      assertThat(meter.unit()).isNotBlank();
      assertThat(meter.tags()).doesNotContain("id", "image");
    }
  }

  @Test
  void countsWhatTheLearnerDoes() {
    try (var meters = new Meters()) {
      var learner = new MeteredLearner(meters);
      var report =
          new StepReport(2, 4, 0.5, 0.06, 0.99, 64, Map.of(), Map.of("forward", 2_000_000_000L));
      learner.updated(report, false, 3_000_000_000L);
      var ofBatch = Map.of("batchFeatureStd", 0.9);
      learner.updated(new StepReport(2, 4, 0.5, 0.06, 0.99, 0, ofBatch, Map.of()), false, 0);
      learner.updated(report, true, 1_000_000_000L);
      learner.consumed(60, 4, 2, 1, 0);
      learner.monitored(Map.of("featureStd", 0.04), 1);
      learner.monitored(Map.of("featureStd", 0.05), 1);
      learner.probed(new KnnMetrics(30, 20, 40), 1);
      assertThat(lines(meters))
          .contains(
              "millrace_learner_steps_total{source=\"stream\"} 2.0",
              "millrace_learner_steps_total{source=\"replay\"} 1.0",
              "millrace_learner_images_total 128.0",
              "millrace_learner_duplicates_total 4.0",
              "millrace_learner_step_seconds_sum 4.0",
              "millrace_learner_phase_seconds_sum{phase=\"forward\"} 4.0",
              // What a batch says does not overwrite what the reference images say.
              "millrace_monitor{name=\"featureStd\"} 0.05",
              "millrace_monitor{name=\"batchFeatureStd\"} 0.9",
              "millrace_knn{network=\"trained\"} 40.0",
              "millrace_checkpoint_failures_total 0.0");
    }
  }

  @Test
  void countsWhatIngestPublisherAndServingDo() {
    try (var meters = new Meters()) {
      var ingest = new MeteredIngest(meters);
      ingest.accepted(1000, 1);
      ingest.rejected(RejectionReason.CORRUPT, 10, 1);
      ingest.lenient(Leniency.EXTRANEOUS_BYTES);
      ingest.headerDropped();
      new MeteredSource(meters).committed(500, 9000, 1, 2);
      new MeteredServing(meters).published(new ServingMetrics.Batch(1, false, 64, 0, 1, 1, 250));
      assertThat(lines(meters))
          .contains(
              "millrace_ingest_accepted_total 1.0",
              "millrace_ingest_rejected_total{reason=\"CORRUPT\"} 1.0",
              "millrace_ingest_rejected_total{reason=\"TOO_LARGE\"} 0.0",
              "millrace_ingest_lenient_total{kind=\"EXTRANEOUS_BYTES\"} 1.0",
              "millrace_ingest_lenient_total{kind=\"CHUNK_CRC\"} 0.0",
              "millrace_ingest_headers_dropped_total 1.0",
              "millrace_ingest_bytes_total{outcome=\"rejected\"} 10.0",
              "millrace_publish_images_total 500.0",
              "millrace_publish_passed_total{cause=\"unreadable\"} 2.0",
              "millrace_serving_embedded_total{refresh=\"false\"} 64.0",
              "millrace_serving_delay_seconds_sum 0.25");
    }
  }

  @Test
  void refusesWhatTheCatalogedoesNotSay() {
    try (var meters = new Meters()) {
      assertThatThrownBy(() -> meters.count(Meter.LOSS, 1)).hasMessageContaining("GAUGE");
      assertThatThrownBy(() -> meters.count(Meter.STEPS, 1)).hasMessageContaining("[source]");
    }
  }

  private static java.util.List<String> lines(Meters meters) {
    return Arrays.asList(meters.scrape().split("\n"));
  }
}
