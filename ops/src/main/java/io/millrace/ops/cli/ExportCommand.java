package io.millrace.ops.cli;

import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.export.ExportFormat;
import io.millrace.learner.export.ExportedNetwork;
import io.millrace.learner.export.ModelFolder;
import io.millrace.learner.export.NetworkExport;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.RunUntilShutdown;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
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
      "  millrace export --release serving --format onnx --out model.onnx \\",
      "      --config millrace.yaml",
      "  millrace export --release 3 --format safetensors --out model.safetensors \\",
      "      --data-dir ./demo",
      "  millrace export --release serving --format onnx --triton ./models \\",
      "      --license apache-2.0"
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

  @ArgGroup(multiplicity = "1")
  private Target target = new Target();

  static final class Target {
    @Option(
        names = "--out",
        paramLabel = "FILE",
        description = "The file to make or to replace, alone.")
    @Nullable Path file;

    @Option(
        names = "--folder",
        paramLabel = "DIR",
        description =
            "A folder with the file, config.json and a model card (README.md): a new one, or one of"
                + " an earlier export.")
    @Nullable Path folder;

    @Option(
        names = "--triton",
        paramLabel = "DIR",
        description =
            "A model repository for Triton: MODEL/config.pbtxt and MODEL/VERSION/model.onnx, with"
                + " config.json and model card; for --format onnx.")
    @Nullable Path triton;
  }

  @Option(
      names = "--license",
      paramLabel = "ID",
      defaultValue = "unknown",
      description =
          "License of the weights for config.json and model card, such as apache-2.0"
              + " (${DEFAULT-VALUE}).")
  private String license = "";

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
    if (target.triton != null && format != ExportFormat.ONNX) {
      throw new ConfigException(
          "--triton goes with --format onnx: --format is " + ConfigReader.spelled(format));
    }
    Path file = target.file;
    Path parent = file == null ? null : file.toAbsolutePath().getParent();
    if (file != null && (parent == null || !Files.isDirectory(parent) || Files.isDirectory(file))) {
      throw new ConfigException("--out is " + file + ": expected a file in a folder that is there");
    }
    var written = new Path[1];
    ReleaseManifest exported =
        release.in(
            config,
            (there, manifest, releases) -> {
              written[0] =
                  write(manifest, ExportedNetwork.of(manifest, new ReleaseReader(releases)));
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
            + place(written[0].toAbsolutePath())
            + ", "
            + Files.size(written[0])
            + " bytes");
    return 0;
  }

  /** Where it went, and what lies beside it. */
  private String place(Path file) {
    Path folder = target.triton == null ? target.folder : target.triton;
    return folder == null
        ? file.toString()
        : folder.toAbsolutePath()
            + ": "
            + folder.toAbsolutePath().relativize(file)
            + " with config.json and README.md";
  }

  private Path write(ReleaseManifest manifest, ExportedNetwork network) throws IOException {
    RunUntilShutdown.listening(); // a signal while it is written leaves no half
    var folder = new ModelFolder(manifest, network, license);
    Path triton = target.triton;
    Path plain = target.folder;
    Path file = target.file;
    try {
      if (triton != null) {
        return folder.writeTriton(triton);
      }
      if (plain != null) {
        return folder.write(plain, format);
      }
    } catch (FileAlreadyExistsException e) {
      throw new UserError(String.valueOf(e.getMessage()), e);
    }
    write(network, Objects.requireNonNull(file).toAbsolutePath());
    return file;
  }

  /** The file is there whole or not at all. */
  private void write(ExportedNetwork network, Path file) throws IOException {
    DurableFiles files = DurableFiles.real();
    Path folder = Objects.requireNonNull(file.getParent());
    Path temporary = folder.resolve("." + file.getFileName() + ".writing");
    try {
      files.write(temporary, stream -> NetworkExport.write(format, network, stream));
      files.rename(temporary, file);
      files.syncDirectory(folder);
    } finally {
      files.delete(temporary);
    }
  }
}
