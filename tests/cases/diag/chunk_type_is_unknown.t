*filter
-A INPUT -p sctp --chunk-types any DATA,AUTH -j DROP
COMMIT
----
rules:2:36: error: --chunk-types: there is no such type of chunk: 'AUTH' [bytes]
  -A INPUT -p sctp --chunk-types any DATA,AUTH -j DROP
                                     ^~~~~~~~~
