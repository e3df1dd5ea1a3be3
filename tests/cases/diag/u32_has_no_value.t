*filter
-A INPUT -m u32 --u32 "6&0xFF=" -j DROP
COMMIT
----
rules:2:23: error: --u32 wants a number of 32 bits at byte 7 of '6&0xFF=' [bytes]
  -A INPUT -m u32 --u32 "6&0xFF=" -j DROP
                        ^~~~~~~~~
