// The bytes of an encoded value: a tag, and what belongs to it. Numbers are written lowest byte first.
#ifndef SBX_CODEC_H
#define SBX_CODEC_H

enum sbx_tag {
    SBX_TAG_NULL = 0,
    SBX_TAG_NO = 1,
    SBX_TAG_YES = 2,
    SBX_TAG_INTEGER = 3,   // 8 bytes
    SBX_TAG_DOUBLE = 4,    // 8 bytes
    SBX_TAG_STRING = 5,    // length in 4 bytes, then so many bytes of UTF-8
    SBX_TAG_LIST = 6,      // count in 4 bytes, then so many values
    SBX_TAG_TABLE = 7,     // count in 4 bytes, then so many pairs of a length, a name and a value
    SBX_TAG_FUNCTION = 8,  // a number in 4 bytes; only in exports
};

#endif
