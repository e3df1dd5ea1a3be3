*filter
-A INPUT -m u32 --u32 "0>>32=1" -j DROP
COMMIT
----
rules:2:23: error: --u32 wants a shift of 0-31 at byte 5 of '0>>32=1' [bytes]
  -A INPUT -m u32 --u32 "0>>32=1" -j DROP
                        ^~~~~~~~~
