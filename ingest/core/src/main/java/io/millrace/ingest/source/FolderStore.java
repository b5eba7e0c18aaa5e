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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder with all that is under it, ordered by path. Links within it are followed, links out of
 * it only on demand. Files are kept as paths: their names may have no text in the platform's
 * character set.
 */
final class FolderStore implements FileStore {
  private static final Logger LOG = LoggerFactory.getLogger(FolderStore.class);

  private record Found(Path file, FileEntry entry) {}

  private final List<Path> files;
  private final List<FileEntry> entries;
  private final SkippedFiles skipped = new SkippedFiles();

  FolderStore(Path root, boolean followLinks) throws IOException {
    List<Found> found = new ArrayList<>();
    Files.walkFileTree(
        root,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        Integer.MAX_VALUE,
        new Visit(root, followLinks, found));
    found.sort(Comparator.comparing(each -> each.entry().path()));
    this.files = found.stream().map(Found::file).toList();
    this.entries = found.stream().map(Found::entry).toList();
  }

  private final class Visit extends SimpleFileVisitor<Path> {
    private final Path root;
    private final Path home;
    private final boolean followLinks;
    private final List<Found> found;

    Visit(Path root, boolean followLinks, List<Found> found) throws IOException {
      this.root = root;
      this.home = root.toRealPath();
      this.followLinks = followLinks;
      this.found = found;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
        throws IOException {
      if (!folder.equals(root) && leadsOut(folder)) {
        skipped.add(SkipReason.OUTSIDE_LINK, FileNames.below(root, folder));
        return FileVisitResult.SKIP_SUBTREE;
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      String path = FileNames.below(root, file);
      if (leadsOut(file)) {
        skipped.add(SkipReason.OUTSIDE_LINK, path);
      } else if (!attributes.isRegularFile()) {
        skipped.add(
            attributes.isSymbolicLink() ? SkipReason.BROKEN_LINK : SkipReason.SPECIAL, path);
      } else {
        found.add(
            new Found(
                file,
                new FileEntry(path, attributes.size(), attributes.lastModifiedTime().toInstant())));
      }
      return FileVisitResult.CONTINUE;
    }

    private boolean leadsOut(Path path) throws IOException {
      return !followLinks
          && Files.isSymbolicLink(path)
          && Files.exists(path)
          && !path.toRealPath().startsWith(home);
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (file.equals(root)) {
        throw e;
      }
      String path = FileNames.below(root, file);
      LOG.warn("{} can't be visited and is skipped: {}", path, e.toString());
      skipped.add(SkipReason.UNREADABLE, path);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) {
      if (e != null) {
        String path = FileNames.below(root, folder);
        LOG.warn("{} can't be listed to its end: {}", path, e.toString());
        skipped.add(SkipReason.UNREADABLE, path);
      }
      return FileVisitResult.CONTINUE;
    }
  }

  @Override
  public List<FileEntry> entries() {
    return entries;
  }

  @Override
  public SkippedFiles skipped() {
    return skipped;
  }

  @Override
  public byte[] read(int number, int limit) throws IOException {
    try (InputStream in = Files.newInputStream(files.get(number))) {
      return BoundedReads.readAll(in, entries.get(number), limit);
    }
  }

  @Override
  public void close() {}
}
