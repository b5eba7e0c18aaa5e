package io.millrace.ingest.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder with all that is under it, links followed, ordered by path. */
final class FolderStore implements FileStore {
  private static final Logger LOG = LoggerFactory.getLogger(FolderStore.class);

  private final Path root;
  private final List<FileEntry> entries;

  FolderStore(Path root) throws IOException {
    this.root = root;
    List<FileEntry> found = new ArrayList<>();
    Files.walkFileTree(
        root,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        Integer.MAX_VALUE,
        new SimpleFileVisitor<Path>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              String path = root.relativize(file).toString().replace('\\', '/');
              found.add(
                  new FileEntry(
                      path, attributes.size(), attributes.lastModifiedTime().toInstant()));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (file.equals(root)) {
              throw e;
            }
            LOG.warn("{} can't be visited and is skipped: {}", file, e.toString());
            return FileVisitResult.CONTINUE;
          }
        });
    found.sort(Comparator.comparing(FileEntry::path));
    this.entries = List.copyOf(found);
  }

  @Override
  public List<FileEntry> entries() {
    return entries;
  }

  @Override
  public byte[] read(int number, int limit) throws IOException {
    FileEntry entry = entries.get(number);
    try (InputStream in = Files.newInputStream(root.resolve(entry.path()))) {
      return BoundedReads.readAll(in, entry, limit);
    }
  }

  @Override
  public void close() {}
}
