package io.millrace.ops.experiment;

import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.evaluate.Classifier;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.experiment.FineTuneReport.Run;
import io.millrace.ops.objects.Storage;
import io.millrace.ops.terminal.WrittenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A fine-tuned classifier as a release. */
final class ClassifierRelease {
  private final MillraceConfig config;
  private final FineTunePlan plan;
  private final WrittenFiles out;
  private final Clock clock;

  ClassifierRelease(MillraceConfig config, FineTunePlan plan, WrittenFiles out, Clock clock) {
    this.config = config;
    this.plan = plan;
    this.out = out;
    this.clock = clock;
  }

  /** Writes the classifier as a release in the folder and, where asked for, to the topic. */
  String write(FineTuneParts parts, Classifier classifier, Run run) throws IOException {
    ReleaseManifest from = parts.release().manifest();
    var state = new MethodState(parts.engine()); // the networks stay the training's to close
    state.add(from.representation(), classifier.backbone());
    state.add(Classifier.HEAD, classifier.head());
    var provenance = new TreeMap<>(from.provenance());
    provenance.put("fineTunedFrom", from.key());
    provenance.put("classes", String.join(",", parts.classes()));
    provenance.put("labels", Integer.toString(run.labels()));
    if (plan.auxiliary() != null) {
      provenance.put("auxiliary", plan.weight() + " " + plan.auxiliary());
    }
    String name = plan.publish() == null ? from.model() + "-finetuned" : plan.publish();
    var draft =
        new ReleaseDraft(
            name,
            "finetune",
            from.representation(),
            from.featureDim(),
            Map.of(
                from.representation(),
                classifier.backbone().spec(),
                Classifier.HEAD,
                classifier.head().spec()),
            Set.of(),
            state.snapshot(),
            parts.engine().info(),
            from.preprocessing(),
            FeedPosition.start(),
            run.training().steps(),
            run.training().images(),
            Map.of("testAccuracy", run.accuracy().top1()),
            provenance);
    ReleaseManifest local;
    try (var log = new MemoryReleaseLog()) {
      local = publisher(log, out.folder()).publish(draft);
    }
    out.add(out.folder().resolve(local.weights()));
    out.write("manifest.json", file -> Files.write(file, local.toJson()));
    ReleaseManifest written = local;
    if (plan.publish() != null) {
      try (var log =
              new KafkaReleaseLog(config.kafka().clients(), config.topicNames().modelReleases());
          var storage = new Storage(config)) {
        written =
            publisher(log, config.releasesDir()).withObjects(storage.releases()).publish(draft);
      }
      out.add(config.releasesDir().resolve(written.weights()));
    }
    return written.key() + " in " + out.folder().resolve("manifest.json");
  }

  private ReleasePublisher publisher(ReleaseLog log, Path folder) {
    return new ReleasePublisher(log, folder, DurableFiles.real(), clock);
  }
}
