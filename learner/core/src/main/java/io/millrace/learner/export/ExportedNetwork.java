package io.millrace.learner.export;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.NetworkSpec;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an export writes: the representation of a release in single precision.
 *
 * @param spec its layers
 * @param tensors parameters and statistics under torchvision's or timm's names
 * @param metadata about the file: where the weights come from, and how an image becomes its input
 */
public record ExportedNetwork(
    NetworkSpec spec, Map<String, HostTensor> tensors, Map<String, String> metadata) {
  public ExportedNetwork {
    var single = new LinkedHashMap<String, HostTensor>();
    tensors.forEach((name, tensor) -> single.put(name, single(tensor)));
    tensors = single;
    metadata = new LinkedHashMap<>(metadata);
  }

  /**
   * The representation of a release.
   *
   * @throws IOException naming the weights file when it is not there, cut or altered
   */
  public static ExportedNetwork of(ReleaseManifest manifest, ReleaseReader reader)
      throws IOException {
    return new ExportedNetwork(
        manifest.network(), reader.representation(manifest), metadata(manifest));
  }

  private static Map<String, String> metadata(ReleaseManifest manifest) {
    Preprocessing p = manifest.preprocessing();
    var metadata = new LinkedHashMap<String, String>();
    metadata.put("millrace.release", manifest.key());
    metadata.put("millrace.method", manifest.method());
    metadata.put("millrace.step", Long.toString(manifest.step()));
    metadata.put(
        "preprocessing",
        "red, green, blue; the shorter side resized to preprocessing.size (bilinear, antialiased);"
            + " the center cut out; each channel of [0, 1] less preprocessing.mean, over"
            + " preprocessing.std");
    metadata.put("preprocessing.size", Integer.toString(p.size()));
    metadata.put("preprocessing.mean", p.mean().toString());
    metadata.put("preprocessing.std", p.std().toString());
    metadata.put("preprocessing.hash", manifest.preprocessingHash());
    metadata.put("output", "features, not normalized");
    return metadata;
  }

  private static HostTensor single(HostTensor tensor) {
    if (!(tensor.values() instanceof double[] wide)) {
      return tensor;
    }
    float[] narrow = new float[wide.length];
    for (int i = 0; i < wide.length; i++) {
      narrow[i] = (float) wide[i];
    }
    return new HostTensor(tensor.shape(), narrow);
  }
}
