// Makes the database files of GoVectorFileTest with the real bbolt, in the layout that GoVector writes.
package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"

	"go.etcd.io/bbolt"
)

func bytesField(number byte, content []byte) []byte {
	out := []byte{number<<3 | 2}
	out = binary.AppendUvarint(out, uint64(len(content)))
	return append(out, content...)
}

func floats(values ...float32) []byte {
	var out []byte
	for _, value := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(value))
	}
	return out
}

func text(value string) []byte   { return bytesField(1, []byte(value)) }
func integer(value int64) []byte { return binary.AppendUvarint([]byte{2 << 3}, uint64(value)) }
func double(value float64) []byte {
	return binary.LittleEndian.AppendUint64([]byte{3<<3 | 1}, math.Float64bits(value))
}
func boolean() []byte         { return []byte{4 << 3, 1} }
func raw(value string) []byte { return bytesField(5, []byte(value)) }

type entry struct {
	key   string
	value []byte
}

func point(id string, vector []byte, payload ...entry) []byte {
	out := bytesField(1, []byte(id))
	if len(vector) > 0 {
		out = append(out, bytesField(2, vector)...)
	}
	for _, each := range payload {
		pair := append(bytesField(1, []byte(each.key)), bytesField(2, each.value)...)
		out = append(out, bytesField(3, pair)...)
	}
	return out
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func put(db *bbolt.DB, bucket, key string, value []byte) {
	must(db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		if key == "" {
			return nil
		}
		return b.Put([]byte(key), value)
	}))
}

func open(name string, pageSize int) *bbolt.DB {
	_ = os.Remove(name)
	db, err := bbolt.Open(name, 0600, &bbolt.Options{PageSize: pageSize})
	must(err)
	return db
}

func main() {
	const meta = "__collections_meta__"

	// Small pages: a tree with branches, an overflow page and buckets inside of values in few bytes.
	db := open("collections.db", 1024)
	put(db, meta, "words", []byte(`{"name":"words","vector_size":4,"distance":"Euclid","hnsw":true,`+
		`"parameters":{"M":8,"EfConstruction":100,"EfSearch":32,"K":3}}`))
	must(db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("words"))
		if err != nil {
			return err
		}
		for i := 0; i < 130; i++ {
			id := fmt.Sprint(i)
			if err := b.Put([]byte(id), point(id, floats(float32(i), 1, 2, 3), entry{"n", double(float64(i))})); err != nil {
				return err
			}
		}
		return nil
	}))
	must(db.Update(func(tx *bbolt.Tx) error { // pages that are free again
		b := tx.Bucket([]byte("words"))
		for i := 120; i < 130; i++ {
			if err := b.Delete([]byte(fmt.Sprint(i))); err != nil {
				return err
			}
		}
		return nil
	}))
	put(db, "words", "doc-é", point("doc-é", floats(0.1, -0.25, 3e-8, 7),
		entry{"text", text("größe \"x\"")},
		entry{"long", text(strings.Repeat("overflow ", 400))},
		entry{"integer", integer(9007199254740993)},
		entry{"negative", integer(-5)},
		entry{"double", double(1.5)},
		entry{"not a number", double(math.NaN())},
		entry{"bool", boolean()},
		entry{"nested", raw(`{"list":[1,null,"x"],"big":12345678901234567890}`)},
		entry{"bytes", raw("\x00\xff")},
		entry{"nothing", nil}))
	put(db, "words", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
		point("6ba7b810-9dad-11d1-80b4-00c04fd430c8", floats(9, 9, 9, 9)))

	put(db, meta, "quantized", []byte(`{"name":"quantized","vector_size":3,"distance":"Dot","hnsw":false,"parameters":{}}`))
	put(db, "quantized", "1", point("1", nil, entry{"kind", text("a")},
		entry{"__quantized_vector", raw(string(floats(-1, 1)) + "\x00\xff\x33")}))
	put(db, "quantized", "2", point("2", nil, // all components are equal
		entry{"__quantized_vector", raw(string(floats(4, 4)) + "\x00\x00\x00")}))
	put(db, "quantized", "3", point("3", floats(1, 2, 3)))

	put(db, "bare", "1", point("1", floats(1, 0)))
	put(db, "bare", "2", point("2", floats(0, 1)))
	put(db, meta, "empty", []byte(`{"name":"empty","vector_size":2,"distance":"Cosine","hnsw":true}`))
	put(db, "unknown", "", nil)
	must(db.Close())

	// Pages as bbolt makes them where nobody says otherwise.
	db = open("usual.db", 4096)
	put(db, "usual", "1", point("1", floats(1, 2)))
	must(db.Close())
}
