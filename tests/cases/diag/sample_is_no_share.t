sample 2/3 udp
----
rules:1:8: error: '2/3' is not 1/N, with numbers of 1 to 4294967295 [number]
  sample 2/3 udp
         ^~~
