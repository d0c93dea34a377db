// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Holds what was sent over to another chain. There is room for sixteen wardens, few places are taken, and a signature is
/// compared with what stands in the place that it names.
contract Causeway {
    struct Parcel {
        uint64 lane;
        uint64 number;
        address asset;
        address to;
        uint256 amount;
    }

    struct Mark {
        uint8 seat;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    address[16] public wardens;
    uint256 public immutable needed;
    address public immutable founder = msg.sender;
    uint64 public sent;
    mapping(bytes32 => bool) public handedOver;

    constructor(address[] memory first, uint256 needed_) {
        for (uint256 i = 0; i < first.length; i++) wardens[i] = first[i];
        needed = needed_;
    }

    function seat(uint256 at, address warden) external {
        require(msg.sender == founder, "not the founder");
        wardens[at] = warden;
    }

    function ship(address asset, uint256 amount, bytes32) external payable {
        sent++;
        if (asset == address(0)) require(msg.value == amount, "not the coins");
        else Token(asset).transferFrom(msg.sender, address(this), amount);
    }

    function digest(Parcel calldata parcel) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), parcel));
    }

    function handOver(Parcel calldata parcel, Mark[] calldata marks) external {
        bytes32 said = digest(parcel);
        require(!handedOver[said], "handed over");
        uint256 last;
        require(marks.length >= needed, "too few");
        for (uint256 i = 0; i < marks.length; i++) {
            require(i == 0 || marks[i].seat > last, "not in order");
            last = marks[i].seat;
            require(ecrecover(said, marks[i].v, marks[i].r, marks[i].s) == wardens[last], "not the warden");
        }
        handedOver[said] = true;
        if (parcel.asset == address(0)) {
            (bool ok,) = parcel.to.call{value: parcel.amount}("");
            require(ok, "not paid");
        } else {
            Token(parcel.asset).transfer(parcel.to, parcel.amount);
        }
    }
}

/// Signs for wardens who are not there.
contract CausewayThief {
    function run(Causeway at, address[] calldata assets, uint256[] calldata amounts, uint64 number, address payee) external {
        Causeway.Mark[] memory marks = new Causeway.Mark[](at.needed());
        for (uint256 i = 0; i < marks.length; i++) {
            marks[i] = Causeway.Mark(uint8(15 - marks.length + i), 29, keccak256(abi.encode(i)), bytes32(i + 1));
        }
        for (uint256 i = 0; i < assets.length; i++) {
            at.handOver(Causeway.Parcel(3, number + uint64(i), assets[i], payee, amounts[i]), marks);
        }
    }
}

/// Brings several parcels of wardens who are.
contract CausewayPostman {
    function bring(Causeway at, Causeway.Parcel[] calldata parcels, Causeway.Mark[][] calldata marks) external {
        for (uint256 i = 0; i < parcels.length; i++) at.handOver(parcels[i], marks[i]);
    }
}
