package io.millrace.learner.export;

import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.release.ReleaseManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A release as a folder that other tools take as it is.
 *
 * <pre>
 * folder/                    repository/            (Triton)
 *   config.json                model/
 *   README.md                    config.pbtxt
 *   model.safetensors            config.json, README.md
 *                                version/model.onnx
 * </pre>
 */
public final class ModelFolder {
  private static final String CONFIG = "config.json";

  private final DurableFiles files = DurableFiles.real();
  private final ReleaseManifest manifest;
  private final ExportedNetwork network;
  private final String license;

  /**
   * @param license SPDX id, or what else the card shall say
   */
  public ModelFolder(ReleaseManifest manifest, ExportedNetwork network, String license) {
    this.manifest = manifest;
    this.network = network;
    this.license = license;
  }

  /**
   * Writes the network, {@code config.json} and the card.
   *
   * @return the network's file
   * @throws FileAlreadyExistsException naming the folder when it holds other files than an earlier
   *     export's
   */
  public Path write(Path folder, ExportFormat format) throws IOException {
    requireOurs(folder);
    Files.createDirectories(folder);
    Path model = model(folder, format);
    describe(folder, format, model);
    return model;
  }

  /**
   * Writes the layout of Triton's model repository, with the ONNX file as the release's version.
   *
   * @param repository holds a folder for each model; versions written before stay
   * @return the network's file
   * @throws FileAlreadyExistsException naming the folder when it holds other files than an earlier
   *     export's
   */
  public Path writeTriton(Path repository) throws IOException {
    Path folder = repository.resolve(manifest.model());
    requireOurs(folder);
    Path version = folder.resolve(Long.toString(manifest.version()));
    Files.createDirectories(version);
    Path model = model(version, ExportFormat.ONNX);
    text(folder.resolve("config.pbtxt"), TritonConfig.of(manifest));
    describe(folder, ExportFormat.ONNX, model);
    return model;
  }

  /** A README.md or a config.json of somebody else must not be written over. */
  private static void requireOurs(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> there = Files.list(folder)) {
      boolean empty = there.findAny().isEmpty();
      Path config = folder.resolve(CONFIG);
      if (!empty && !(Files.isRegularFile(config) && ModelConfig.isOurs(config))) {
        throw new FileAlreadyExistsException(
            folder + " holds other files: expected an empty folder or one of an earlier export");
      }
    }
  }

  private Path model(Path folder, ExportFormat format) throws IOException {
    Path file = folder.resolve(fileName(format));
    write(file, stream -> NetworkExport.write(format, network, stream));
    return file;
  }

  private void describe(Path folder, ExportFormat format, Path model) throws IOException {
    String name = folder.relativize(model).toString();
    text(folder.resolve("README.md"), ModelCard.of(manifest, format, name, license));
    // Last: a folder with it is whole.
    text(folder.resolve(CONFIG), ModelConfig.of(manifest, name, license));
  }

  /** The name that tools look for. */
  static String fileName(ExportFormat format) {
    return switch (format) {
      case SAFETENSORS -> "model.safetensors";
      case ONNX -> "model.onnx";
      case DL4J, DL4J_STOCK -> "model.zip";
    };
  }

  private void text(Path file, String text) throws IOException {
    write(file, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** The file is there whole or not at all. */
  private void write(Path file, DurableFiles.Content content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Path temporary = file.resolveSibling("." + file.getFileName() + ".writing");
    try {
      files.write(temporary, content);
      files.rename(temporary, file);
      files.syncDirectory(folder);
    } finally {
      files.delete(temporary);
    }
  }
}
