-- Works on broken UTF-8.
-- expect: ok|error
return #("\xff\xfe\x80"):gsub(utf8.charpattern, "") + #utf8.char(0x7FFFFFFF)
