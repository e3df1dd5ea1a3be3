limit 0/s icmp
limit 10/m icmp
limit 10/s:1000001 icmp
----
rules:1:7: error: '0/s' is not R/s or R/s:BURST, with numbers of 1 to 1000000 [number]
  limit 0/s icmp
        ^~~
rules:2:7: error: '10/m' is not R/s or R/s:BURST, with numbers of 1 to 1000000 [number]
  limit 10/m icmp
        ^~~~
rules:3:7: error: '10/s:1000001' is not R/s or R/s:BURST, with numbers of 1 to 1000000 [number]
  limit 10/s:1000001 icmp
        ^~~~~~~~~~~~
