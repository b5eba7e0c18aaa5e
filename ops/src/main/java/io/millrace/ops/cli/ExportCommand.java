package io.millrace.ops.cli;

import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.export.ExportFormat;
import io.millrace.learner.export.ExportedNetwork;
import io.millrace.learner.export.NetworkExport;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.terminal.Logs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Writes the network of a release into a file for other programs.",
      "safetensors: its tensors under the names that torchvision (ResNets) and timm (vision"
          + " transformers) use. onnx: the network itself, from 'images' [batch, 3, size, size] to"
          + " 'features' [batch, features]. dl4j: a computation graph that Deeplearning4j loads,"
          + " with the ND4J engine's jar on its class path or, with --stock, without.",
      "All tell in their metadata how an image becomes the input."
    },
    footer = {
      "",
      "Examples:",
      "  millrace export --release serving --format onnx --out model.onnx --config millrace.yaml",
      "  millrace export --release 3 --format safetensors --out model.safetensors "
          + "--data-dir ./demo"
    })
final class ExportCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Mixin private ReleaseChoice release = new ReleaseChoice();

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORM",
      description = "safetensors, onnx or dl4j.")
  private ExportFormat format = ExportFormat.SAFETENSORS;

  @Option(
      names = "--stock",
      description = "For dl4j: Deeplearning4j's own layers alone, which are slower on a CPU.")
  private boolean stock;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The file to make or to replace.")
  private Path out = Path.of("");

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    if (stock) {
      if (format != ExportFormat.DL4J && format != ExportFormat.DL4J_STOCK) {
        throw new ConfigException(
            "--stock goes with --format dl4j: --format is " + ConfigReader.spelled(format));
      }
      format = ExportFormat.DL4J_STOCK;
    }
    Path folder = out.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(out)) {
      throw new ConfigException("--out is " + out + ": expected a file in a folder that is there");
    }
    ReleaseManifest exported =
        release.in(
            config,
            (there, manifest, releases) -> {
              write(ExportedNetwork.of(manifest, new ReleaseReader(releases)), folder);
              return manifest;
            });
    System.out.println(
        exported.key()
            + " ("
            + exported.method()
            + ", step "
            + exported.step()
            + ") as "
            + ConfigReader.spelled(format)
            + " in "
            + out
            + ", "
            + Files.size(out)
            + " bytes");
    return 0;
  }

  /** The file is there whole or not at all. */
  private void write(ExportedNetwork network, Path folder) throws IOException {
    DurableFiles files = DurableFiles.real();
    Path temporary = folder.resolve("." + out.getFileName() + ".writing");
    try {
      files.write(temporary, stream -> NetworkExport.write(format, network, stream));
      files.rename(temporary, out.toAbsolutePath());
      files.syncDirectory(folder);
    } finally {
      files.delete(temporary);
    }
  }
}
