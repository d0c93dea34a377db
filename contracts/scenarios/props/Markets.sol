// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "./Tokens.sol";

interface IBorrower {
    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata data)
        external returns (bytes32);
}

/// Lends to anybody for the length of a call (ERC-3156), for nine basis points.
contract FlashLender {
    function flashLoan(IBorrower receiver, Token token, uint256 amount, bytes calldata data) external returns (bool) {
        uint256 fee = amount * 9 / 10_000;
        token.transfer(address(receiver), amount);
        require(
            receiver.onFlashLoan(msg.sender, address(token), amount, fee, data)
                == keccak256("ERC3156FlashBorrower.onFlashLoan"),
            "refused"
        );
        require(token.transferFrom(address(receiver), address(this), amount + fee), "not repaid");
        return true;
    }
}

interface ISwapCallee {
    function uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external;
}

/// A constant-product pool in the manner of Uniswap v2: reserves, Sync and Swap events, shares, flash swaps, 0.3 %.
contract Pool is Token {
    Token public token0;
    Token public token1;
    uint112 private reserve0;
    uint112 private reserve1;

    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
    event Swap(
        address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    constructor(Token a, Token b) Token("LP", 18) {
        (token0, token1) = address(a) < address(b) ? (a, b) : (b, a);
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, 0);
    }

    function mint(address to) external returns (uint256 shares) {
        (uint256 b0, uint256 b1) = held();
        (uint256 in0, uint256 in1) = (b0 - reserve0, b1 - reserve1);
        if (totalSupply == 0) {
            shares = root(in0 * in1) - 1000;
            _mint(address(1), 1000);
        } else {
            uint256 s0 = in0 * totalSupply / reserve0;
            uint256 s1 = in1 * totalSupply / reserve1;
            shares = s0 < s1 ? s0 : s1;
        }
        require(shares > 0, "no shares");
        _mint(to, shares);
        sync();
        emit Mint(msg.sender, in0, in1);
    }

    function burn(address to) external returns (uint256 out0, uint256 out1) {
        uint256 shares = balanceOf[address(this)];
        (uint256 b0, uint256 b1) = held();
        (out0, out1) = (shares * b0 / totalSupply, shares * b1 / totalSupply);
        _burn(address(this), shares);
        token0.transfer(to, out0);
        token1.transfer(to, out1);
        sync();
        emit Burn(msg.sender, out0, out1, to);
    }

    function swap(uint256 out0, uint256 out1, address to, bytes calldata data) external {
        require(out0 < reserve0 && out1 < reserve1, "too much");
        if (out0 > 0) token0.transfer(to, out0);
        if (out1 > 0) token1.transfer(to, out1);
        if (data.length > 0) ISwapCallee(to).uniswapV2Call(msg.sender, out0, out1, data);
        (uint256 b0, uint256 b1) = held();
        uint256 in0 = b0 > reserve0 - out0 ? b0 - (reserve0 - out0) : 0;
        uint256 in1 = b1 > reserve1 - out1 ? b1 - (reserve1 - out1) : 0;
        require(in0 > 0 || in1 > 0, "nothing came in");
        require(
            (b0 * 1000 - in0 * 3) * (b1 * 1000 - in1 * 3) >= uint256(reserve0) * reserve1 * 1_000_000, "K"
        );
        sync();
        emit Swap(msg.sender, in0, in1, out0, out1, to);
    }

    /// Sells what the caller allowed, for as much as it brings.
    function sell(Token token, uint256 amount, address to) external returns (uint256 out) {
        bool zero = token == token0;
        token.transferFrom(msg.sender, address(this), amount);
        (uint256 r0, uint256 r1) = zero ? (reserve0, reserve1) : (reserve1, reserve0);
        out = quote(amount, r0, r1);
        (zero ? token1 : token0).transfer(to, out);
        sync();
        emit Swap(msg.sender, zero ? amount : 0, zero ? 0 : amount, zero ? 0 : out, zero ? out : 0, to);
    }

    function quote(uint256 amount, uint256 from, uint256 into) public pure returns (uint256) {
        return amount * 997 * into / (from * 1000 + amount * 997);
    }

    /// What one whole token (10^18 base units) is worth in the other, at this moment.
    function spot(Token token) external view returns (uint256) {
        return token == token0 ? uint256(reserve1) * 1e18 / reserve0 : uint256(reserve0) * 1e18 / reserve1;
    }

    function sync() public {
        (uint256 b0, uint256 b1) = held();
        (reserve0, reserve1) = (uint112(b0), uint112(b1));
        emit Sync(reserve0, reserve1);
    }

    function skim(address to) external {
        (uint256 b0, uint256 b1) = held();
        if (b0 > reserve0) token0.transfer(to, b0 - reserve0);
        if (b1 > reserve1) token1.transfer(to, b1 - reserve1);
    }

    function held() private view returns (uint256, uint256) {
        return (token0.balanceOf(address(this)), token1.balanceOf(address(this)));
    }

    function root(uint256 y) private pure returns (uint256 z) {
        z = y;
        uint256 x = y / 2 + 1;
        while (x < z) (z, x) = (x, (y / x + x) / 2);
    }
}
