package io.millrace.codec.sparse;

import io.millrace.codec.SegmentFile;
import java.io.IOException;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.lucene90.Lucene90DocValuesFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/// Binary doc values that are sparse vectors, n × u32 indices ascending and n × f32 weights, with
/// an inverted index beside them. The values themselves lie in Lucene's own format.
///
/// Integers are little-endian, indices unsigned. `.msp`, after Lucene's index header, per field:
///
/// ```
/// part         bytes          content
/// lists        …              one list per index, ascending, without gaps
/// dictionary   24 per index   u32 index, u32 postings n, u64 offset of its list in the lists,
///                             f32 largest weight, f32 smallest weight
///
/// list         16 per block   u32 last document, u32 offset of the block's data behind this table,
///                             f32 largest weight, f32 smallest weight;
///                             a block has 128 postings, the last one the rest
///              …              the blocks' data: u8 width w; the documents; n × f32 weights
/// documents    ⌈n·w / 8⌉      n numbers of w bits, low bits first: each document less the one
///                             before it in the list and less one; before the first comes −1
/// ```
///
/// `.msm`, after the header: per field i32 its number, i32 documents with a value, i32 documents
/// whose value is not empty, i32 indices, i64 postings, i64 offset and i64 length of the lists, the
/// dictionary follows them; −1 as number ends the list. Both files end with Lucene's footer.
///
/// The writer inverts in passes over the values, each for as many indices as its buffer holds, so
/// heap does not grow with the segment, but for a counter per index.
public final class SparseFormat extends DocValuesFormat {
  public static final String NAME = "MillraceSparse";

  static final SegmentFile DATA = new SegmentFile("msp", "MillraceSparseData", 0);
  static final SegmentFile META = new SegmentFile("msm", "MillraceSparseMeta", 0);
  static final int BLOCK = 128;
  static final int BLOCK_ENTRY_BYTES = 16;
  static final int DICTIONARY_ENTRY_BYTES = 24;
  static final int END_OF_FIELDS = -1;

  private final DocValuesFormat values = new Lucene90DocValuesFormat();

  public SparseFormat() {
    super(NAME);
  }

  @Override
  public DocValuesConsumer fieldsConsumer(SegmentWriteState state) throws IOException {
    return new SparseWriter(state, values.fieldsConsumer(state));
  }

  @Override
  public DocValuesProducer fieldsProducer(SegmentReadState state) throws IOException {
    return new SparseReader(state, values.fieldsProducer(state));
  }
}
