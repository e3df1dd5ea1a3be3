% pcap en10mb
08 = len
len = 4294967296
tcp[0:3] = 1
len / 0 = 1
len << 32 = 1
vlan 4096
mpls 1048576
pppoes 65536
geneve 16777216
vxlan 99999999
----
expression:1:1: error: '08' begins with 0 and would be octal, which has no digit 8 [number]
  08 = len
  ^~
expression:1:7: error: '4294967296' is over 32 bits: at most 4294967295 [number]
  len = 4294967296
        ^~~~~~~~~~
expression:1:7: error: 3 bytes at once cannot be loaded, but 1, 2 or 4 [number]
  tcp[0:3] = 1
        ^
expression:1:7: error: nothing can be divided by 0 [number]
  len / 0 = 1
        ^
expression:1:8: error: a shift by 32 leaves none of 32 bits: at most 31 [number]
  len << 32 = 1
         ^~
expression:1:6: error: VLAN 4096 is out of range 0-4095 [number]
  vlan 4096
       ^~~~
expression:1:6: error: MPLS label 1048576 is out of range 0-1048575 [number]
  mpls 1048576
       ^~~~~~~
expression:1:8: error: PPPoE session 65536 is out of range 0-65535 [number]
  pppoes 65536
         ^~~~~
expression:1:8: error: network 16777216 is out of range 0-16777215 [number]
  geneve 16777216
         ^~~~~~~~
expression:1:7: error: network 99999999 is out of range 0-16777215 [number]
  vxlan 99999999
        ^~~~~~~~
