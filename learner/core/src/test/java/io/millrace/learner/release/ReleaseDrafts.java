package io.millrace.learner.release;

import io.millrace.ingest.feed.FeedPosition;
import io.millrace.ingest.feed.HashWindow;
import io.millrace.ingest.feed.PartitionPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.SegmentLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Small releases that need no engine. */
public final class ReleaseDrafts {
  static final NetworkSpec STUDENT =
      new NetworkSpec(
          "student",
          List.of(3, 8, 8),
          List.of(
              new Named("conv1", new Layer.Conv2d(3, 4, 3, 1, 1, false)),
              new Named("bn1", Layer.BatchNorm.of(4)),
              new Named(
                  "layer1.0",
                  new Layer.Residual(
                      List.of(new Named("conv1", new Layer.Conv2d(4, 4, 3, 1, 1, false))),
                      List.of())),
              new Named("relu", new Layer.Relu()),
              new Named("avgpool", new Layer.GlobalAveragePool())),
          Set.of("relu"));
  private static final NetworkSpec HEAD =
      new NetworkSpec(
          "head", List.of(4), List.of(new Named("0", new Layer.Linear(4, 2, true))), Set.of());

  private ReleaseDrafts() {}

  private static float[] numbers(long n, float from) {
    float[] out = new float[(int) n];
    for (int i = 0; i < n; i++) {
      out[i] = from + i;
    }
    return out;
  }

  /** One whose weights are told by its step. */
  public static ReleaseDraft of(long step) {
    var tensors = new HashMap<String, HostTensor>();
    SegmentLayout student = SegmentLayout.of(STUDENT);
    SegmentLayout head = SegmentLayout.of(HEAD);
    tensors.put("student.parameters", HostTensor.vector(numbers(student.parameterCount(), step)));
    tensors.put("student.statistics", HostTensor.vector(numbers(student.statisticCount(), 0.5f)));
    tensors.put("head.parameters", HostTensor.vector(numbers(head.parameterCount(), -3)));
    tensors.put("head.statistics", HostTensor.vector(new float[0]));
    tensors.put("student.velocity", HostTensor.vector(numbers(student.parameterCount(), 9)));
    tensors.put("words", new HostTensor(List.of(2L, 2L), new float[] {1, 2, 3, 4}));
    return new ReleaseDraft(
        "m",
        "obow",
        "student",
        4,
        Map.of("student", STUDENT, "head", HEAD),
        Set.of("words"),
        new StateSnapshot(tensors, Map.of(), Map.of()),
        new EngineInfo("torch", "2", "cpu", "some", Precision.FLOAT32, 2, "avx2"),
        Preprocessing.defaults(),
        new FeedPosition("c", "t", Map.of(0, new PartitionPosition(17, 2)), 0, HashWindow.EMPTY),
        step,
        99,
        Map.of("featureStd", 0.25),
        Map.of("build", "test"));
  }
}
