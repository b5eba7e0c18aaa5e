package io.millrace.learner.export;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.release.ReleaseManifest;

/**
 * {@code config.pbtxt}: a model's ONNX file for Triton, in protobuf's text form of its {@code
 * ModelConfig}. Triton makes batches of what comes, up to {@link #MOST}.
 */
final class TritonConfig {
  private static final int MOST = 64;

  private TritonConfig() {}

  static String of(ReleaseManifest manifest) {
    Preprocessing p = manifest.preprocessing();
    return """
    name: "%s"
    platform: "onnxruntime_onnx"
    max_batch_size: %d
    input [
      {
        name: "%s"
        data_type: TYPE_FP32
        dims: [ 3, %d, %d ]
      }
    ]
    output [
      {
        name: "%s"
        data_type: TYPE_FP32
        dims: [ %d ]
      }
    ]
    dynamic_batching { }
    parameters { key: "preprocessing.mean" value: { string_value: "%s" } }
    parameters { key: "preprocessing.std" value: { string_value: "%s" } }
    parameters { key: "preprocessing.hash" value: { string_value: "%s" } }
    """
        .formatted(
            manifest.model(),
            MOST,
            OnnxModel.INPUT,
            p.size(),
            p.size(),
            OnnxModel.OUTPUT,
            manifest.featureDim(),
            p.mean(),
            p.std(),
            manifest.preprocessingHash());
  }
}
